# SPDX-License-Identifier: MIT
# The front door; CMake does the building.
#
#   make            the program build/countersign and the library build/libcountersign.a
#   make demo       a device and a client on this machine, each message explained
#   make test       every test, also under sanitizers; ends with the runner's closing line
#   make test-long  the tests that need more time
#   make bench      how fast it is here, as ratios
#   make sizes      flash and RAM on an ATmega328P, for each part
#   make install    program, library, pkg-config file, CMake package (PREFIX=/usr/local)

PREFIX ?= /usr/local
BUILD  := build

.PHONY: all demo test test-long bench sizes install clean

all:
	@scripts/setup.sh build
	@scripts/build.sh $(BUILD)

demo:
	@scripts/setup.sh demo
	@scripts/build.sh $(BUILD)
	@scripts/demo.sh $(BUILD)

test:
	@scripts/setup.sh test
	@scripts/test.sh

test-long:
	@scripts/setup.sh test
	@scripts/test.sh --long

bench:
	@scripts/setup.sh build
	@scripts/bench.sh

sizes:
	@scripts/setup.sh test
	@scripts/sizes.sh

install: all
	@cmake --install $(BUILD) --prefix $(PREFIX)

clean:
	rm -rf $(BUILD) $(BUILD)-*

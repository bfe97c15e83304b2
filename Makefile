# SPDX-License-Identifier: MIT
# The front door; CMake does the building.
#
#   make            the program build/countersign and the library build/libcountersign.a
#   make demo       a board with the Arduino sketches, commanded; each message explained
#   make test       every test, also under sanitizers; ends with the runner's closing line
#   make test-long  the tests that need more time
#   make evidence   all of the following, a report each: what it withstands
#   make matrix     every client with every device, as a table
#   make attack     attacks on each device and each client: expected, seen
#   make faults     power cuts, kills, full disks and clocks that are set, as a table
#   make model      the protocol searched with an intruder in it, as a table
#   make portability     the library's tests on other machines, emulated, as a table
#   make constant-time   secrets followed through the library under valgrind, as a table
#   make mutants    faults put into the sources, each of which a named test finds, as a table
#   make analyse    gcc -fanalyzer, clang-tidy, cppcheck and shellcheck over all sources
#   make coverage   which lines and branches of src/ the tests reach, as a table
#   make bench      how fast it is, on the board in cycles and here as ratios; or one of both:
#                   make bench-board, make bench-host
#   make fuzz       what takes bytes from others, fuzzed, as a table (SECONDS=60 a target)
#   make sizes      what it costs an ATmega328P, into docs/sizes.md
#   make pictures   docs/images/demo.svg from what the demonstration prints
#   make install    program, library, pkg-config file, CMake package (PREFIX=/usr/local)

PREFIX ?= /usr/local
BUILD  := build

.PHONY: all demo test test-long bench bench-board bench-host sizes pictures install clean
.PHONY: evidence matrix model attack fuzz constant-time portability faults analyse coverage mutants

all:
	@scripts/setup.sh build
	@scripts/build.sh $(BUILD)

demo:
	@scripts/setup.sh demo
	@scripts/demo.sh $(BUILD)

test:
	@scripts/setup.sh test
	@scripts/test.sh

test-long:
	@scripts/setup.sh test
	@scripts/test.sh --long

evidence:
	@scripts/setup.sh test
	@scripts/evidence.sh

matrix:
	@scripts/setup.sh test
	@scripts/build.sh $(BUILD) -DCSIGN_TESTS=ON -DCSIGN_BOARD=ON -DCSIGN_WERROR=ON
	@tests/matrix/run.sh $(BUILD)

attack:
	@scripts/setup.sh test
	@scripts/build.sh $(BUILD) -DCSIGN_TESTS=ON -DCSIGN_BOARD=ON -DCSIGN_WERROR=ON
	@tests/attack/run.sh $(BUILD)

faults:
	@scripts/setup.sh test
	@scripts/build.sh $(BUILD) -DCSIGN_TESTS=ON -DCSIGN_BOARD=ON -DCSIGN_WERROR=ON
	@tests/faults/run.sh $(BUILD) long

model:
	@scripts/setup.sh test
	@tests/model/run.sh

portability:
	@scripts/setup.sh test
	@scripts/build.sh $(BUILD) -DCSIGN_TESTS=ON -DCSIGN_BOARD=ON -DCSIGN_WERROR=ON
	@tests/portability/run.sh $(BUILD)

constant-time:
	@scripts/setup.sh test
	@tests/consttime/run.sh

mutants:
	@scripts/setup.sh test
	@node tests/mutants/mutants.mjs $(BUILD)-mutants

analyse:
	@scripts/setup.sh test
	@tests/analysis/run.sh --long

coverage:
	@scripts/setup.sh test
	@tests/coverage/run.sh

bench: bench-board bench-host
	@{ printf '{"board": '; cat $(BUILD)/bench/board.json; printf ', "host": '; \
	    cat build-bench/bench/host.json; echo '}'; } >$(BUILD)/bench.json
	@echo "both as JSON: $(BUILD)/bench.json"

bench-board:
	@scripts/setup.sh test
	@scripts/bench-board.sh

bench-host:
	@scripts/setup.sh build
	@scripts/bench-host.sh

sizes:
	@scripts/setup.sh test
	@scripts/sizes.sh

pictures:
	@scripts/setup.sh demo
	@scripts/demo.sh $(BUILD) >$(BUILD)/demo.txt 2>&1
	@scripts/demo-picture.sh '^Sealed: commands:15' 'a replay' 'a stranger:3' <$(BUILD)/demo.txt >$(BUILD)/demo.svg
	@mv $(BUILD)/demo.svg docs/images/demo.svg

fuzz:
	@scripts/setup.sh test
	@tests/fuzz/run.sh --check $(or $(SECONDS),60)

install: all
	@cmake --install $(BUILD) --prefix $(PREFIX)

clean:
	rm -rf $(BUILD) $(BUILD)-*

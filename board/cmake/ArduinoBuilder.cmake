# SPDX-License-Identifier: MIT
# Builds a sketch with Debian's arduino-builder, as the Arduino IDE would:
#
#   cmake -DSKETCH=DIR -DLIBRARIES=DIR -DBUILD=DIR [-DFQBN=...] -P ArduinoBuilder.cmake
#
# Debian keeps the builder's own platform.txt, with its call of ctags, in
# /usr/share/arduino-builder; and without the package "arduino" there is no
# folder of tools, which the builder insists on: an empty one will do.

if(NOT FQBN)
    set(FQBN arduino:avr:pro:cpu=16MHzatmega328)
endif()
file(MAKE_DIRECTORY ${BUILD}/tools ${BUILD}/out)
execute_process(COMMAND arduino-builder
    -hardware /usr/share/arduino-builder -hardware /usr/share/arduino/hardware
    -tools ${BUILD}/tools -fqbn ${FQBN}
    -prefs=runtime.tools.avr-gcc.path=/usr -prefs=runtime.tools.ctags.path=/usr/bin
    -prefs=compiler.cpp.extra_flags=-DDECIMAL_DIG=__DECIMAL_DIG__
    -libraries ${LIBRARIES} -build-path ${BUILD}/out ${SKETCH}
    RESULT_VARIABLE result)
if(NOT result EQUAL 0)
    message(FATAL_ERROR "arduino-builder failed on ${SKETCH}")
endif()

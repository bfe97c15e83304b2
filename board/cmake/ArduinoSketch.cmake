# SPDX-License-Identifier: MIT
# Firmware for AVR boards inside a build for this machine.
#
#   add_avr_library(NAME SOURCE... [FLAGS FLAG...])
#       Bare C or assembly that several firmwares share.
#   add_firmware(NAME SOURCE... [FLAGS FLAG...] [LINK NAME...] [LINK_FLAGS FLAG...])
#       C or assembly for a bare ATmega328P at 16 MHz. LINK names add_avr_library()s.
#   add_sketch(NAME DIR pro16|pro8|uno|mega LIBRARIES DIR...)
#       An Arduino sketch with Debian's core. LIBRARIES are folders with
#       library.properties and src/, or names of libraries of the core (SPI).
#
# The last two make NAME.elf and NAME.hex in the current binary folder, a target
# NAME, and set NAME_ELF and NAME_HEX in the caller's scope.

find_program(AVR_GCC avr-gcc REQUIRED)
find_program(AVR_GXX avr-g++ REQUIRED)
find_program(AVR_OBJCOPY avr-objcopy REQUIRED)
find_program(AVR_AR avr-gcc-ar REQUIRED)
set(ARDUINO_AVR /usr/share/arduino/hardware/arduino/avr CACHE PATH
    "Arduino's AVR core")

if(NOT EXISTS ${ARDUINO_AVR}/cores/arduino)
    message(FATAL_ERROR "no Arduino core in ${ARDUINO_AVR}")
endif()

# The flags of the core's own platform.txt, without link-time optimization:
# functions keep their symbols, so that the simulator can find them.
set(AVR_FLAGS -g -Os -Wall -Wextra -ffunction-sections -fdata-sections)
set(AVR_LINK_FLAGS -Os -g -Wl,--gc-sections)

function(avr_object output source)
    cmake_parse_arguments(ARG "" "" "FLAGS" ${ARGN})
    get_filename_component(extension ${source} EXT)
    if(extension MATCHES "\\.(cpp|ino)$")
        set(tool ${AVR_GXX} -std=gnu++11 -fno-exceptions -fno-threadsafe-statics)
        set(language -x c++)
    elseif(extension MATCHES "\\.S$")
        set(tool ${AVR_GCC})
        set(language -x assembler-with-cpp)
    else()
        set(tool ${AVR_GCC} -std=gnu11)
        set(language -x c)
    endif()
    add_custom_command(OUTPUT ${output}
        COMMAND ${tool} ${AVR_FLAGS} ${ARG_FLAGS} -MMD -MF ${output}.d -c ${language}
                ${source} -o ${output}
        DEPENDS ${source} DEPFILE ${output}.d
        COMMENT "avr ${source}" VERBATIM)
endfunction()

function(avr_program name mcu)
    cmake_parse_arguments(ARG "" "" "OBJECTS;INPUTS;LINK_FLAGS" ${ARGN})
    set(elf ${CMAKE_CURRENT_BINARY_DIR}/${name}.elf)
    set(hex ${CMAKE_CURRENT_BINARY_DIR}/${name}.hex)
    add_custom_command(OUTPUT ${elf} ${hex}
        COMMAND ${AVR_GCC} ${AVR_LINK_FLAGS} ${ARG_LINK_FLAGS} -mmcu=${mcu}
                ${ARG_OBJECTS} ${ARG_INPUTS} -o ${elf} -lm
        COMMAND ${AVR_OBJCOPY} -O ihex -R .eeprom ${elf} ${hex}
        DEPENDS ${ARG_OBJECTS} ${ARG_INPUTS} COMMENT "avr ${name}.elf" VERBATIM)
    add_custom_target(${name} ALL DEPENDS ${elf} ${hex})
    set(${name}_ELF ${elf} PARENT_SCOPE)
    set(${name}_HEX ${hex} PARENT_SCOPE)
endfunction()

set(AVR_BARE -mmcu=atmega328p -DF_CPU=16000000UL)
# What the linker would take for granted: 32 KiB of flash, 2 KiB of RAM.
set(AVR_BARE_LIMITS -Wl,--defsym=__TEXT_REGION_LENGTH__=0x8000
    -Wl,--defsym=__DATA_REGION_LENGTH__=0x800)

# Objects of bare sources, their paths in ${result}.
function(avr_bare_objects result name)
    cmake_parse_arguments(ARG "" "" "FLAGS" ${ARGN})
    set(objects)
    foreach(source ${ARG_UNPARSED_ARGUMENTS})
        get_filename_component(path ${source} ABSOLUTE)
        get_filename_component(base ${source} NAME)
        set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.${base}.o)
        avr_object(${object} ${path} FLAGS ${AVR_BARE} ${ARG_FLAGS})
        list(APPEND objects ${object})
    endforeach()
    set(${result} ${objects} PARENT_SCOPE)
endfunction()

# An archive of objects and its target.
function(avr_archive target archive)
    add_custom_command(OUTPUT ${archive}
        COMMAND ${CMAKE_COMMAND} -E rm -f ${archive}
        COMMAND ${AVR_AR} rcs ${archive} ${ARGN}
        DEPENDS ${ARGN} COMMENT "avr ${target}" VERBATIM)
    add_custom_target(${target} DEPENDS ${archive})
endfunction()

function(add_avr_library name)
    avr_bare_objects(objects ${name} ${ARGN})
    avr_archive(${name} ${CMAKE_CURRENT_BINARY_DIR}/${name}.a ${objects})
    set_target_properties(${name} PROPERTIES
        ARCHIVE ${CMAKE_CURRENT_BINARY_DIR}/${name}.a)
endfunction()

function(add_firmware name)
    cmake_parse_arguments(ARG "" "" "FLAGS;LINK;LINK_FLAGS" ${ARGN})
    avr_bare_objects(objects ${name} ${ARG_UNPARSED_ARGUMENTS} FLAGS ${ARG_FLAGS})
    set(archives)
    foreach(library ${ARG_LINK})
        get_target_property(archive ${library} ARCHIVE)
        list(APPEND archives ${archive})
    endforeach()
    avr_program(${name} atmega328p OBJECTS ${objects} INPUTS ${archives}
        LINK_FLAGS ${AVR_BARE_LIMITS} ${ARG_LINK_FLAGS})
    if(ARG_LINK)
        add_dependencies(${name} ${ARG_LINK})
    endif()
    set(${name}_ELF ${${name}_ELF} PARENT_SCOPE)
    set(${name}_HEX ${${name}_HEX} PARENT_SCOPE)
endfunction()

function(arduino_board board)
    if(board STREQUAL "pro16")
        set(values atmega328p 16000000UL eightanaloginputs AVR_PRO)
    elseif(board STREQUAL "pro8")
        set(values atmega328p 8000000UL eightanaloginputs AVR_PRO)
    elseif(board STREQUAL "uno")
        set(values atmega328p 16000000UL standard AVR_UNO)
    elseif(board STREQUAL "mega")
        set(values atmega2560 16000000UL mega AVR_MEGA2560)
    else()
        message(FATAL_ERROR "add_sketch: no board ${board}")
    endif()
    list(GET values 0 mcu)
    list(GET values 1 hz)
    list(GET values 2 variant)
    list(GET values 3 macro)
    set(ARDUINO_MCU ${mcu} PARENT_SCOPE)
    # Debian's core asks for DECIMAL_DIG, which its avr-gcc calls otherwise.
    set(ARDUINO_FLAGS -mmcu=${mcu} -DF_CPU=${hz} -DARDUINO=10813 -DARDUINO_${macro}
        -DARDUINO_ARCH_AVR -DDECIMAL_DIG=__DECIMAL_DIG__
        -I${ARDUINO_AVR}/cores/arduino -I${ARDUINO_AVR}/variants/${variant}
        PARENT_SCOPE)
endfunction()

# The core of a board, once per build; its path ends up in ARDUINO_CORE.
function(arduino_core board)
    set(archive ${CMAKE_BINARY_DIR}/arduino-core-${board}.a)
    set(ARDUINO_CORE ${archive} PARENT_SCOPE)
    set(ARDUINO_CORE_TARGET arduino_core_${board} PARENT_SCOPE)
    if(TARGET arduino_core_${board})
        return()
    endif()
    file(GLOB sources ${ARDUINO_AVR}/cores/arduino/*.c ${ARDUINO_AVR}/cores/arduino/*.cpp
         ${ARDUINO_AVR}/cores/arduino/*.S)
    set(objects)
    foreach(source ${sources})
        get_filename_component(base ${source} NAME)
        set(object ${CMAKE_BINARY_DIR}/arduino-core-${board}/${base}.o)
        avr_object(${object} ${source} FLAGS ${ARDUINO_FLAGS} -w)
        list(APPEND objects ${object})
    endforeach()
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/arduino-core-${board})
    avr_archive(arduino_core_${board} ${archive} ${objects})
endfunction()

function(library_sources result path)
    file(GLOB_RECURSE sources ${path}/src/*.c ${path}/src/*.cpp ${path}/src/*.S)
    set(${result} ${sources} PARENT_SCOPE)
endfunction()

function(add_sketch name directory board)
    cmake_parse_arguments(ARG "" "" "LIBRARIES;FLAGS" ${ARGN})
    get_filename_component(directory ${directory} ABSOLUTE)
    arduino_board(${board})
    arduino_core(${board})
    set(flags ${ARDUINO_FLAGS} -I${directory} ${ARG_FLAGS})
    file(GLOB sources ${directory}/*.ino ${directory}/*.cpp ${directory}/*.c)
    foreach(library ${ARG_LIBRARIES})
        if(NOT IS_DIRECTORY ${library})
            set(library ${ARDUINO_AVR}/libraries/${library})
            list(APPEND flags -I${library}/src)
        else()
            list(APPEND flags -I${library}/src)
        endif()
        library_sources(more ${library})
        list(APPEND sources ${more})
    endforeach()
    set(objects)
    file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/${name}.dir)
    foreach(source ${sources})
        get_filename_component(base ${source} NAME)
        string(MD5 tag ${source})
        string(SUBSTRING ${tag} 0 6 tag)
        set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.dir/${base}.${tag}.o)
        set(own ${flags})
        if(source MATCHES "\\.ino$")
            list(APPEND own -include Arduino.h)
        elseif(source MATCHES "^${ARDUINO_AVR}")
            list(APPEND own -w)
        endif()
        avr_object(${object} ${source} FLAGS ${own})
        list(APPEND objects ${object})
    endforeach()
    avr_program(${name} ${ARDUINO_MCU} OBJECTS ${objects} INPUTS ${ARDUINO_CORE})
    add_dependencies(${name} ${ARDUINO_CORE_TARGET})
    set(${name}_ELF ${${name}_ELF} PARENT_SCOPE)
    set(${name}_HEX ${${name}_HEX} PARENT_SCOPE)
endfunction()

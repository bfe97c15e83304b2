# SPDX-License-Identifier: MIT
# What `make install` installs: the library with its CMake package and pkg-config file,
# and, where it was built, the program with what belongs to it.
include(CMakePackageConfigHelpers)

install(TARGETS countersign EXPORT countersign-targets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES src/Countersign.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY src/csign DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h"
        PATTERN "arduino" EXCLUDE
        PATTERN "avr" EXCLUDE
        PATTERN "*_state.h" EXCLUDE
        PATTERN "crc16.h" EXCLUDE
        PATTERN "key_slots.h" EXCLUDE
        PATTERN "rotate.h" EXCLUDE
        PATTERN "hash_impl.h" EXCLUDE)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/countersign)
install(EXPORT countersign-targets NAMESPACE countersign:: DESTINATION ${package_dir})
configure_package_config_file(cmake/countersign-config.cmake.in
    ${CMAKE_CURRENT_BINARY_DIR}/countersign-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(
    ${CMAKE_CURRENT_BINARY_DIR}/countersign-config-version.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/countersign-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/countersign-config-version.cmake
        DESTINATION ${package_dir})

# Relative to the file itself, so that --prefix at install time holds.
file(RELATIVE_PATH PC_PREFIX /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
configure_file(cmake/countersign.pc.in countersign.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/countersign.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(CSIGN_HOST)
    install(TARGETS program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    install(FILES docs/countersign.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
    install(FILES completions/countersign.bash RENAME countersign
            DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
    install(FILES completions/_countersign
            DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
    # The unit names the program where this installation puts it.
    install(CODE "
        file(READ \"${PROJECT_SOURCE_DIR}/packaging/countersign@.service.in\" unit)
        string(REPLACE @CMAKE_INSTALL_FULL_BINDIR@ \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\"
               unit \"\${unit}\")
        file(WRITE \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/lib/systemd/system/countersign@.service\"
             \"\${unit}\")")
endif()

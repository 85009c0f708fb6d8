# The prefix can be moved: bin/nnc finds lib/ and share/nnc/ from its own place.
include(GNUInstallDirs)
set(CMAKE_INSTALL_LIBDIR lib)

# The standard library is found at ../share/nnc/stdlib, in the build tree through a link.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/share/nnc)
file(CREATE_LINK ${CMAKE_SOURCE_DIR}/stdlib ${CMAKE_BINARY_DIR}/share/nnc/stdlib SYMBOLIC)
install(DIRECTORY stdlib/ DESTINATION share/nnc/stdlib FILES_MATCHING PATTERN "*.nn")
install(DIRECTORY examples/ DESTINATION share/nnc/examples FILES_MATCHING PATTERN "*.nn")
install(FILES runtime/include/nnrt.h DESTINATION include OPTIONAL)

# Targets are made by their own folders; what exists is installed.
foreach(target nnc nn-opt nnc_compiler nnrt nnrt_shared)
  if(TARGET ${target})
    install(TARGETS ${target} RUNTIME DESTINATION bin LIBRARY DESTINATION lib
            ARCHIVE DESTINATION lib)
  endif()
endforeach()

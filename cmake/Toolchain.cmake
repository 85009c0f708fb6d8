# Finds MLIR 22 and ANTLR 4 and sets what every target shares.
# MLIR is linked as its two shared libraries (MLIR, LLVM): never mix them with component archives.
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# The build tree has the layout of an installed prefix, so programs find their parts the same way.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_INSTALL_RPATH "$ORIGIN;$ORIGIN/../lib")
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)

execute_process(COMMAND llvm-config-22 --prefix OUTPUT_VARIABLE NNC_LLVM_PREFIX
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
# "22" alone is refused: MLIR's version file wants the same major.minor.
find_package(MLIR 22.1 REQUIRED CONFIG HINTS ${NNC_LLVM_PREFIX}/lib/cmake/mlir)
find_package(ZLIB REQUIRED)
find_package(Threads REQUIRED)
find_package(nlohmann_json REQUIRED)
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)
separate_arguments(NNC_LLVM_DEFINITIONS NATIVE_COMMAND ${LLVM_DEFINITIONS})

# Include roots are the source tree and the generated tree: "dialects/nn/NNDialect.h".
include_directories(${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR})
add_compile_options(-Wall -Wextra -Wno-unused-parameter)

# nnc_library(NAME src...): a static library of one folder, built as one unit.
function(nnc_library name)
  add_library(${name} STATIC ${ARGN})
  set_target_properties(${name} PROPERTIES UNITY_BUILD ${NNC_UNITY} UNITY_BUILD_BATCH_SIZE 0)
endfunction()

# nnc_mlir_library(NAME src...): the same for code that uses MLIR.
function(nnc_mlir_library name)
  nnc_library(${name} ${ARGN})
  target_include_directories(${name} SYSTEM PUBLIC ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
  target_compile_definitions(${name} PUBLIC ${NNC_LLVM_DEFINITIONS})
endfunction()

# nnc_test_executable(NAME src... [LIBS lib...]): a unit test that a .test file runs as %bin/NAME.
function(nnc_test_executable name)
  cmake_parse_arguments(arg "" "" "LIBS" ${ARGN})
  add_executable(${name} ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${arg_LIBS})
  set_property(GLOBAL APPEND PROPERTY NNC_TEST_EXECUTABLES ${name})
endfunction()

option(NNC_UNITY "build each folder as one translation unit" ON)

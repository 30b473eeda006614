# For TENTERHOOK_BARE: what has no package of the target's architecture, from headers and sources.
find_path(FMT_INCLUDE_DIR fmt/format.h)
find_path(GOOGLETEST_SOURCE googletest/src/gtest-all.cc PATHS /usr/src/googletest)
if(NOT FMT_INCLUDE_DIR OR NOT GOOGLETEST_SOURCE)
  message(FATAL_ERROR
    "fmt/format.h or googletest/src/gtest-all.cc is missing: ci/cross puts both into the sysroot")
endif()

add_library(fmt_headers INTERFACE)
target_include_directories(fmt_headers SYSTEM INTERFACE ${FMT_INCLUDE_DIR})
target_compile_definitions(fmt_headers INTERFACE FMT_HEADER_ONLY=1)
add_library(fmt::fmt ALIAS fmt_headers)

add_library(gtest_main_from_source STATIC
  ${GOOGLETEST_SOURCE}/googletest/src/gtest-all.cc
  ${GOOGLETEST_SOURCE}/googletest/src/gtest_main.cc)
target_include_directories(gtest_main_from_source SYSTEM
  PUBLIC ${GOOGLETEST_SOURCE}/googletest/include PRIVATE ${GOOGLETEST_SOURCE}/googletest)
target_link_libraries(gtest_main_from_source PUBLIC Threads::Threads)
add_library(GTest::gtest_main ALIAS gtest_main_from_source)

message(STATUS "left out: test_properties and what else needs rapidcheck, "
  "tenterhook-bench-runtime, which needs benchmark")

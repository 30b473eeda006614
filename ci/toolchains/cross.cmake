# What the toolchain files share; each sets PORT, TRIPLET (of the compiler) and LIBRARIES (Debian's
# name of the architecture in paths) before. The sysroot has packages of the target's architecture
# and, where the target needs an emulator, there is the script `run`: ci/cross makes both.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_CXX_COMPILER ${TRIPLET}-g++)
set(CMAKE_LIBRARY_ARCHITECTURE ${LIBRARIES})
set(CMAKE_CXX_LIBRARY_ARCHITECTURE ${LIBRARIES})

get_filename_component(BUILD ${CMAKE_CURRENT_LIST_DIR}/../../build/${PORT} ABSOLUTE)
set(CMAKE_FIND_ROOT_PATH ${BUILD}/sysroot)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

if(NOT PORT STREQUAL "386")
  set(CMAKE_CROSSCOMPILING_EMULATOR ${BUILD}/run)
endif()

# Big-endian POWER; Debian has a compiler and no packages: see bare.cmake.
set(PORT power64)
set(TRIPLET powerpc64-linux-gnu)
set(LIBRARIES powerpc64-linux-gnu)
set(CMAKE_SYSTEM_PROCESSOR ppc64)
include(${CMAKE_CURRENT_LIST_DIR}/cross.cmake)

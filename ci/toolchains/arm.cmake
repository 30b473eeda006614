# ARMv7, hard float.
set(PORT arm)
set(TRIPLET arm-linux-gnueabihf)
set(LIBRARIES arm-linux-gnueabihf)
set(CMAKE_SYSTEM_PROCESSOR armv7l)
include(${CMAKE_CURRENT_LIST_DIR}/cross.cmake)

set(PORT 386)
set(TRIPLET i686-linux-gnu)
set(LIBRARIES i386-linux-gnu)
set(CMAKE_SYSTEM_PROCESSOR i686)
include(${CMAKE_CURRENT_LIST_DIR}/cross.cmake)
# An amd64 kernel runs the programs, with the cross compiler's libraries: nothing is installed where
# a 32-bit system has them.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,--dynamic-linker=/usr/${TRIPLET}/lib/ld-linux.so.2 \
-Wl,-rpath,/usr/${TRIPLET}/lib")

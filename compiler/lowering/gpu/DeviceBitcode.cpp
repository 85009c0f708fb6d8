// The bitcode of device/Math.cpp, as bytes of this program.
asm(".section .rodata\n"
    ".globl nnc_device_math_begin\n"
    ".globl nnc_device_math_end\n"
    "nnc_device_math_begin: .incbin \"" NNC_DEVICE_MATH "\"\n"
    "nnc_device_math_end: .byte 0\n"
    ".previous\n");

#include "textflag.h"

// Three bytes of each of eight pixels, four of which begin at byte 0 and four at byte 4 of their
// half, spread over 32 bits.
DATA spread<>+0(SB)/8, $0xff050403ff020100
DATA spread<>+8(SB)/8, $0xff0b0a09ff080706
DATA spread<>+16(SB)/8, $0xff090807ff060504
DATA spread<>+24(SB)/8, $0xff0f0e0dff0c0b0a
GLOBL spread<>(SB), RODATA|NOPTR, $32

// And back, to the first 12 bytes.
DATA packed<>+0(SB)/8, $0x0908060504020100
DATA packed<>+8(SB)/8, $0xffffffff0e0d0c0a
DATA packed<>+16(SB)/8, $0x0908060504020100
DATA packed<>+24(SB)/8, $0xffffffff0e0d0c0a
GLOBL packed<>(SB), RODATA|NOPTR, $32

// NOISE adds to the channel's levels in v what the lowest bits of Y3 choose.
#define NOISE(v) \
	VPCMPEQD   Y6, Y6, Y6       \
	VPGATHERDD Y6, (R9)(v*4), Y5 \
	VPAND      Y12, Y3, Y6      \
	VPCMPEQD   Y7, Y7, Y7       \
	VPGATHERDD Y7, (R8)(Y6*2), Y4 \
	VPSLLD     $16, Y4, Y4      \
	VPSRAD     $16, Y4, Y4      \
	VPMULLD    Y5, Y4, Y4       \
	VPADDD     Y11, Y4, Y4      \
	VPSRAD     $18, Y4, Y4      \
	VPADDD     Y4, v, v         \
	VPMAXSD    Y10, v, v        \
	VPMINSD    Y13, v, v

// func noiseGroups(px *byte, random *uint64, sigma *int32, n int)
TEXT ·noiseGroups(SB), NOSPLIT, $0-32
	MOVQ     px+0(FP), DI
	MOVQ     random+8(FP), SI
	MOVQ     sigma+16(FP), R9
	MOVQ     n+24(FP), CX
	LEAQ     ·quantiles(SB), R8
	VMOVDQU  spread<>(SB), Y15
	VMOVDQU  packed<>(SB), Y14
	VPCMPEQD Y12, Y12, Y12
	VPSRLD   $24, Y12, Y13 // 255
	VPSRLD   $31, Y12, Y11
	VPSLLD   $17, Y11, Y11 // a half
	VPSRLD   $20, Y12, Y12 // quantileMask
	VPXOR    Y10, Y10, Y10

loop:
	VMOVDQU     (DI), X0
	VINSERTI128 $1, 8(DI), Y0, Y0
	VPSHUFB     Y15, Y0, Y0
	VMOVDQU     (SI), Y8
	VMOVDQU     32(SI), Y9
	VSHUFPS     $0x88, Y9, Y8, Y3
	VPERMQ      $0xd8, Y3, Y3
	VPAND       Y13, Y0, Y1
	NOISE(Y1)
	VPSRLD      $12, Y3, Y3
	VPSRLD      $8, Y0, Y2
	VPAND       Y13, Y2, Y2
	NOISE(Y2)
	VPSLLD      $8, Y2, Y2
	VPOR        Y2, Y1, Y1
	VPSRLQ      $24, Y8, Y8
	VPSRLQ      $24, Y9, Y9
	VSHUFPS     $0x88, Y9, Y8, Y3
	VPERMQ      $0xd8, Y3, Y3
	VPSRLD      $16, Y0, Y2
	NOISE(Y2)
	VPSLLD      $16, Y2, Y2
	VPOR        Y2, Y1, Y1

	VPSHUFB      Y14, Y1, Y1
	VEXTRACTI128 $1, Y1, X2
	VMOVDQU      X1, (DI)
	VMOVQ        X2, 12(DI)
	VPEXTRD      $2, X2, 20(DI)

	ADDQ $24, DI
	ADDQ $64, SI
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET

#include "textflag.h"

// The three bytes of each of four pixels of 32 bits, together.
DATA packed<>+0(SB)/8, $0x0908060504020100
DATA packed<>+8(SB)/8, $0xffffffff0e0d0c0a
DATA packed<>+16(SB)/8, $0x0908060504020100
DATA packed<>+24(SB)/8, $0xffffffff0e0d0c0a
GLOBL packed<>(SB), RODATA|NOPTR, $32

// TAKE adds a corner's pixels in Y6, under its weights, to red and blue in Y0 and green in Y7.
#define TAKE(weights) \
	VPAND   Y13, Y6, Y8      \
	VPMULLW weights, Y8, Y8  \
	VPADDW  Y8, Y0, Y0       \
	VPSRLD  $8, Y6, Y6       \
	VPAND   Y12, Y6, Y6      \
	VPMULLW weights, Y6, Y6  \
	VPADDW  Y6, Y7, Y7

// TWICE writes a weight into both halves of its 32 bits.
#define TWICE(weights) \
	VPSLLD $16, weights, Y8      \
	VPOR   Y8, weights, weights

DATA half<>+0(SB)/4, $2048
GLOBL half<>(SB), RODATA|NOPTR, $4

// LIT gives a channel the light in Y1, in 1/4096, up to white.
#define LIT(channel) \
	VPMULLD Y1, channel, channel  \
	VPADDD  Y4, channel, channel  \
	VPSRLD  $12, channel, channel \
	VPMINUD Y12, channel, channel

// func bendGroups(out, src *byte, at *uint32, part *uint16, less *uint32, stride, n int, whole, light uint32)
TEXT ·bendGroups(SB), NOSPLIT, $0-64
	MOVQ out+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ at+16(FP), R8
	MOVQ part+24(FP), R9
	MOVQ less+32(FP), R12
	MOVQ stride+40(FP), R10
	MOVQ n+48(FP), CX
	MOVL whole+56(FP), AX
	MOVL light+60(FP), BX
	LEAQ (SI)(R10*1), R11

	VMOVD        R10, X15
	VPBROADCASTD X15, Y15      // bytes in a row
	VPCMPEQD     Y14, Y14, Y14
	VPSRLD       $16, Y14, Y14 // 0x0000ffff
	VPSRLD       $8, Y14, Y12  // 0x000000ff
	VPSLLD       $16, Y12, Y13
	VPOR         Y12, Y13, Y13 // 0x00ff00ff
	VPCMPEQD     Y11, Y11, Y11
	VPSRLD       $31, Y11, Y11
	VPSLLD       $7, Y11, Y10
	VPSLLD       $16, Y10, Y9
	VPOR         Y9, Y10, Y10  // 128 in 16 bits
	VPSLLD       $8, Y11, Y11  // 256 in 32 bits
	VMOVDQU      packed<>(SB), Y9

loop:
	// Y1: where the upper left pixel begins.
	VMOVDQU (R8), Y0
	VPSRLD  $16, Y0, Y1
	VPAND   Y14, Y0, Y0
	VPMULLD Y15, Y1, Y1
	VPADDD  Y0, Y1, Y1
	VPADDD  Y0, Y0, Y0
	VPADDD  Y0, Y1, Y1

	// Weights of the corners: Y5, Y2, Y3, Y4.
	VPMOVZXWD (R9), Y2
	VPSRLD    $8, Y2, Y3
	VPAND     Y12, Y2, Y2
	VPMULLW   Y2, Y3, Y4
	VPSRLD    $8, Y4, Y4
	VPSUBD    Y4, Y2, Y2
	VPSUBD    Y4, Y3, Y3
	VPADDD    Y2, Y4, Y5
	VPADDD    Y3, Y5, Y5
	VPSUBD    Y5, Y11, Y5
	TWICE(Y5)
	TWICE(Y2)
	TWICE(Y3)
	TWICE(Y4)

	VPXOR      Y7, Y7, Y7
	VMOVDQA    Y10, Y0
	VPCMPEQD   Y8, Y8, Y8
	VPGATHERDD Y8, (SI)(Y1*1), Y6
	TAKE(Y5)
	VPCMPEQD   Y8, Y8, Y8
	VPGATHERDD Y8, 3(SI)(Y1*1), Y6
	TAKE(Y2)
	VPCMPEQD   Y8, Y8, Y8
	VPGATHERDD Y8, (R11)(Y1*1), Y6
	TAKE(Y3)
	VPCMPEQD   Y8, Y8, Y8
	VPGATHERDD Y8, 3(R11)(Y1*1), Y6
	TAKE(Y4)

	VPSRLW $8, Y0, Y0
	VPADDW Y10, Y7, Y7
	VPSRLW $8, Y7, Y7
	VPAND  Y14, Y7, Y7   // green
	VPSRLD $16, Y0, Y2   // blue
	VPAND  Y14, Y0, Y0   // red

	VMOVD        AX, X1
	VPBROADCASTD X1, Y1
	VPSUBD       (R12), Y1, Y1
	VMOVD        BX, X4
	VPBROADCASTD X4, Y4
	VPMULLD      Y4, Y1, Y1
	VPSRLD       $16, Y1, Y1
	VPBROADCASTD half<>(SB), Y4
	LIT(Y0)
	LIT(Y7)
	LIT(Y2)
	VPSLLD       $8, Y7, Y7
	VPSLLD       $16, Y2, Y2
	VPOR         Y7, Y0, Y0
	VPOR         Y2, Y0, Y0
	VPSHUFB      Y9, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VMOVDQU      X0, (DI)
	VMOVDQU      X1, 12(DI)

	ADDQ $32, R8
	ADDQ $16, R9
	ADDQ $32, R12
	ADDQ $24, DI
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET

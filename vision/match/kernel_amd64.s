#include "textflag.h"

// weights are 1 3 1 3 ... and 3 1 3 1 ..., half is 32 in each double word.
DATA weights<>+0(SB)/4, $0x00030001
DATA weights<>+4(SB)/4, $0x00010003
DATA weights<>+8(SB)/4, $32
GLOBL weights<>(SB), RODATA|NOPTR, $12

// func addColumnsVector(dst *uint16, a, b, c, d *byte, n int)
TEXT ·addColumnsVector(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ c+24(FP), R8
	MOVQ d+32(FP), R9
	MOVQ n+40(FP), CX

columns:
	VPMOVZXBW (SI), Y0
	VPMOVZXBW (DX), Y1
	VPMOVZXBW (R8), Y2
	VPMOVZXBW (R9), Y3
	VPADDW    Y3, Y0, Y0
	VPADDW    Y2, Y1, Y1
	VPADDW    Y1, Y0, Y0
	VPADDW    Y1, Y1, Y1
	VPADDW    Y1, Y0, Y0
	VMOVDQU   Y0, (DI)
	ADDQ      $16, SI
	ADDQ      $16, DX
	ADDQ      $16, R8
	ADDQ      $16, R9
	ADDQ      $32, DI
	SUBQ      $16, CX
	JNZ       columns
	VZEROUPPER
	RET

// func addPairsVector(dst *byte, sums *uint16, n int)
TEXT ·addPairsVector(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ sums+8(FP), SI
	MOVQ n+16(FP), CX
	LEAQ weights<>(SB), AX
	VPBROADCASTD 0(AX), Y8
	VPBROADCASTD 4(AX), Y9
	VPBROADCASTD 8(AX), Y10

pairs:
	VPMADDWD  0(SI), Y8, Y0
	VPMADDWD  4(SI), Y9, Y1
	VPMADDWD  32(SI), Y8, Y2
	VPMADDWD  36(SI), Y9, Y3
	VPADDD    Y1, Y0, Y0
	VPADDD    Y3, Y2, Y2
	VPADDD    Y10, Y0, Y0
	VPADDD    Y10, Y2, Y2
	VPSRLD    $6, Y0, Y0
	VPSRLD    $6, Y2, Y2
	VPACKUSDW Y2, Y0, Y0
	VPERMQ    $0xd8, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPACKUSWB X1, X0, X0
	VMOVDQU   X0, (DI)
	ADDQ      $64, SI
	ADDQ      $16, DI
	SUBQ      $16, CX
	JNZ       pairs
	VZEROUPPER
	RET

// func scoreBlockVector(dst *[block]int16, base *byte, points *feature, n int, bias int16) int16
//
// A feature is 8 bytes: where, then its two directions. One instruction multiplies those of 16
// places and adds each pair; sums wrap around, so that only what comes out must fit.
TEXT ·scoreBlockVector(SB), NOSPLIT, $0-42
	MOVQ dst+0(FP), DI
	MOVQ base+8(FP), SI
	MOVQ points+16(FP), DX
	MOVQ n+24(FP), CX
	VPBROADCASTW bias+32(FP), Y1
	VPXOR  Y0, Y0, Y0
	VPSUBW Y1, Y0, Y0
	VMOVDQA Y0, Y1
	VMOVDQA Y0, Y2
	VMOVDQA Y0, Y3

wide:
	MOVLQSX      (DX), AX
	VPBROADCASTW 4(DX), Y8
	ADDQ         $8, DX
	VMOVDQU      (SI)(AX*1), Y4
	VMOVDQU      32(SI)(AX*1), Y5
	VMOVDQU      64(SI)(AX*1), Y6
	VMOVDQU      96(SI)(AX*1), Y7
	VPMADDUBSW   Y8, Y4, Y4
	VPMADDUBSW   Y8, Y5, Y5
	VPMADDUBSW   Y8, Y6, Y6
	VPMADDUBSW   Y8, Y7, Y7
	VPADDW       Y4, Y0, Y0
	VPADDW       Y5, Y1, Y1
	VPADDW       Y6, Y2, Y2
	VPADDW       Y7, Y3, Y3
	DECQ         CX
	JNZ          wide

	VMOVDQU Y0, 0(DI)
	VMOVDQU Y1, 32(DI)
	VMOVDQU Y2, 64(DI)
	VMOVDQU Y3, 96(DI)
	VPMAXSW Y1, Y0, Y0
	VPMAXSW Y3, Y2, Y2
	VPMAXSW Y2, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPMAXSW X1, X0, X0
	VPSHUFD $0x4e, X0, X1
	VPMAXSW X1, X0, X0
	VPSHUFD $0xb1, X0, X1
	VPMAXSW X1, X0, X0
	VPSRLD  $16, X0, X1
	VPMAXSW X1, X0, X0
	MOVQ    X0, AX
	MOVW    AX, ret+40(FP)
	VZEROUPPER
	RET

// func scoreFewVector(dst *[few]int16, base *byte, points *feature, n int, bias int16)
TEXT ·scoreFewVector(SB), NOSPLIT, $0-34
	MOVQ dst+0(FP), DI
	MOVQ base+8(FP), SI
	MOVQ points+16(FP), DX
	MOVQ n+24(FP), CX
	VPBROADCASTW bias+32(FP), Y1
	VPXOR  Y0, Y0, Y0
	VPSUBW Y1, Y0, Y0

narrow:
	MOVLQSX      (DX), AX
	VPBROADCASTW 4(DX), Y8
	ADDQ         $8, DX
	VMOVDQU      (SI)(AX*1), Y4
	VPMADDUBSW   Y8, Y4, Y4
	VPADDW       Y4, Y0, Y0
	DECQ         CX
	JNZ          narrow
	VMOVDQU Y0, (DI)
	VZEROUPPER
	RET

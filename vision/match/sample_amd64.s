#include "textflag.h"

// Numbers that count, four times each: 1, 2, 3, 4, 6.
DATA counts<>+0(SB)/8, $1.0
DATA counts<>+8(SB)/8, $1.0
DATA counts<>+16(SB)/8, $1.0
DATA counts<>+24(SB)/8, $1.0
DATA counts<>+32(SB)/8, $2.0
DATA counts<>+40(SB)/8, $2.0
DATA counts<>+48(SB)/8, $2.0
DATA counts<>+56(SB)/8, $2.0
DATA counts<>+64(SB)/8, $3.0
DATA counts<>+72(SB)/8, $3.0
DATA counts<>+80(SB)/8, $3.0
DATA counts<>+88(SB)/8, $3.0
DATA counts<>+96(SB)/8, $4.0
DATA counts<>+104(SB)/8, $4.0
DATA counts<>+112(SB)/8, $4.0
DATA counts<>+120(SB)/8, $4.0
DATA counts<>+128(SB)/8, $6.0
DATA counts<>+136(SB)/8, $6.0
DATA counts<>+144(SB)/8, $6.0
DATA counts<>+152(SB)/8, $6.0
GLOBL counts<>(SB), RODATA|NOPTR, $160

// Byte 0, 1, 2 or 3 of each of four double words.
DATA bytes<>+0(SB)/8, $0x8080800480808000
DATA bytes<>+8(SB)/8, $0x8080800c80808008
DATA bytes<>+16(SB)/8, $0x8080800580808001
DATA bytes<>+24(SB)/8, $0x8080800d80808009
DATA bytes<>+32(SB)/8, $0x8080800680808002
DATA bytes<>+40(SB)/8, $0x8080800e8080800a
DATA bytes<>+48(SB)/8, $0x8080800780808003
DATA bytes<>+56(SB)/8, $0x8080800f8080800b
GLOBL bytes<>(SB), RODATA|NOPTR, $64

// PLACES takes four samples at (R9) and (R10) to the image, by the grid at (DX): Y4 and Y5 are
// what lies after the whole pixels along x and y; AX, BX, R11 and R12 point to those, from SI on.
#define PLACES \
	VCVTPS2PD    (R9), Y0      \
	VCVTPS2PD    (R10), Y1     \
	VBROADCASTSD 16(DX), Y2    \
	VBROADCASTSD 24(DX), Y3    \
	VBROADCASTSD 0(DX), Y4     \
	VBROADCASTSD 8(DX), Y5     \
	VMULPD       Y0, Y2, Y6    \
	VADDPD       Y6, Y4, Y4    \
	VMULPD       Y1, Y3, Y6    \
	VSUBPD       Y6, Y4, Y4    \
	VMULPD       Y0, Y3, Y6    \
	VADDPD       Y6, Y5, Y5    \
	VMULPD       Y1, Y2, Y6    \
	VADDPD       Y6, Y5, Y5    \
	VCVTTPD2DQY  Y4, X6        \
	VCVTTPD2DQY  Y5, X7        \
	VCVTDQ2PD    X6, Y0        \
	VCVTDQ2PD    X7, Y1        \
	VSUBPD       Y0, Y4, Y4    \
	VSUBPD       Y1, Y5, Y5    \
	VPMULLD      X15, X7, X7   \
	VPADDD       X6, X7, X7    \
	VMOVD        X7, AX        \
	VPEXTRD      $1, X7, BX    \
	VPEXTRD      $2, X7, R11   \
	VPEXTRD      $3, X7, R12   \
	ADDQ         SI, AX        \
	ADDQ         SI, BX        \
	ADDQ         SI, R11       \
	ADDQ         SI, R12

// PIXELS loads four pixels of a row for each of the four samples into X4, and goes to the next row.
#define PIXELS \
	VMOVD   (AX), X4            \
	VPINSRD $1, (BX), X4, X4    \
	VPINSRD $2, (R11), X4, X4   \
	VPINSRD $3, (R12), X4, X4   \
	ADDQ    R8, AX              \
	ADDQ    R8, BX              \
	ADDQ    R8, R11             \
	ADDQ    R8, R12

// BASIS are the weights of a cubic B-spline: see basis.
#define BASIS(f, w0, w1, w2, w3) \
	VMOVUPD counts<>+0(SB), Y2        \
	VSUBPD  f, Y2, Y2                 \
	VMULPD  Y2, Y2, Y6                \
	VMULPD  Y2, Y6, Y6                \
	VDIVPD  counts<>+128(SB), Y6, w0  \
	VMULPD  counts<>+64(SB), f, Y6    \
	VMULPD  f, Y6, Y6                 \
	VSUBPD  counts<>+32(SB), f, Y3    \
	VMULPD  Y3, Y6, Y6                \
	VADDPD  counts<>+96(SB), Y6, Y6   \
	VDIVPD  counts<>+128(SB), Y6, w1  \
	VMULPD  counts<>+64(SB), Y2, Y6   \
	VMULPD  Y2, Y6, Y6                \
	VSUBPD  counts<>+32(SB), Y2, Y3   \
	VMULPD  Y3, Y6, Y6                \
	VADDPD  counts<>+96(SB), Y6, Y6   \
	VDIVPD  counts<>+128(SB), Y6, w2  \
	VMULPD  f, f, Y6                  \
	VMULPD  f, Y6, Y6                 \
	VDIVPD  counts<>+128(SB), Y6, w3

// ROW adds a row of pixels, weighed along x and by w, to Y0.
#define ROW(w) \
	PIXELS                            \
	VPSHUFB   bytes<>+0(SB), X4, X5   \
	VCVTDQ2PD X5, Y5                  \
	VMULPD    Y5, Y12, Y1             \
	VPSHUFB   bytes<>+16(SB), X4, X5  \
	VCVTDQ2PD X5, Y5                  \
	VMULPD    Y5, Y13, Y5             \
	VADDPD    Y5, Y1, Y1              \
	VPSHUFB   bytes<>+32(SB), X4, X5  \
	VCVTDQ2PD X5, Y5                  \
	VMULPD    Y5, Y14, Y5             \
	VADDPD    Y5, Y1, Y1              \
	VPSHUFB   bytes<>+48(SB), X4, X5  \
	VCVTDQ2PD X5, Y5                  \
	VMULPD    Y5, Y7, Y5              \
	VADDPD    Y5, Y1, Y1              \
	VMULPD    w, Y1, Y1               \
	VADDPD    Y1, Y0, Y0

// func splineVector(dst *float64, pix *byte, stride int, x, y *float32, n int, on *grid)
TEXT ·splineVector(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ pix+8(FP), SI
	MOVQ stride+16(FP), R8
	MOVQ x+24(FP), R9
	MOVQ y+32(FP), R10
	MOVQ n+40(FP), CX
	MOVQ on+48(FP), DX
	VMOVD        R8, X15
	VPBROADCASTD X15, X15
	SUBQ R8, SI // from the pixel above and to the left
	DECQ SI

splines:
	PLACES
	BASIS(Y5, Y8, Y9, Y10, Y11)
	BASIS(Y4, Y12, Y13, Y14, Y7)
	VXORPD Y0, Y0, Y0
	ROW(Y8)
	ROW(Y9)
	ROW(Y10)
	ROW(Y11)
	VMOVUPD Y0, (DI)
	ADDQ $16, R9
	ADDQ $16, R10
	ADDQ $32, DI
	SUBQ $4, CX
	JNZ  splines
	VZEROUPPER
	RET

// MIX is the grey levels between two pixels of a row, Y8 after the first one.
#define MIX(to) \
	PIXELS                            \
	VPSHUFB   bytes<>+0(SB), X4, X6   \
	VPSHUFB   bytes<>+16(SB), X4, X7  \
	VCVTDQ2PD X6, to                  \
	VCVTDQ2PD X7, Y3                  \
	VSUBPD    to, Y3, Y3              \
	VMULPD    Y8, Y3, Y3              \
	VADDPD    Y3, to, to

// func linearVector(dst *float64, pix *byte, stride int, x, y *float32, n int, on *grid)
TEXT ·linearVector(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ pix+8(FP), SI
	MOVQ stride+16(FP), R8
	MOVQ x+24(FP), R9
	MOVQ y+32(FP), R10
	MOVQ n+40(FP), CX
	MOVQ on+48(FP), DX
	VMOVD        R8, X15
	VPBROADCASTD X15, X15

lines:
	PLACES
	VMOVAPD Y4, Y8
	VMOVAPD Y5, Y9
	MIX(Y0)
	MIX(Y1)
	VSUBPD  Y0, Y1, Y1
	VMULPD  Y9, Y1, Y1
	VADDPD  Y1, Y0, Y0
	VMOVUPD Y0, (DI)
	ADDQ $16, R9
	ADDQ $16, R10
	ADDQ $32, DI
	SUBQ $4, CX
	JNZ  lines
	VZEROUPPER
	RET

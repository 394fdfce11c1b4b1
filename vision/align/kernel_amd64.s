#include "textflag.h"

DATA one<>+0(SB)/8, $0x3f8000003f800000
DATA one<>+8(SB)/8, $0x3f8000003f800000
DATA one<>+16(SB)/8, $0x3f8000003f800000
DATA one<>+24(SB)/8, $0x3f8000003f800000
GLOBL one<>(SB), RODATA|NOPTR, $32

DATA two<>+0(SB)/8, $0x4000000040000000
DATA two<>+8(SB)/8, $0x4000000040000000
DATA two<>+16(SB)/8, $0x4000000040000000
DATA two<>+24(SB)/8, $0x4000000040000000
GLOBL two<>(SB), RODATA|NOPTR, $32

DATA eight<>+0(SB)/8, $0x4100000041000000
DATA eight<>+8(SB)/8, $0x4100000041000000
DATA eight<>+16(SB)/8, $0x4100000041000000
DATA eight<>+24(SB)/8, $0x4100000041000000
GLOBL eight<>(SB), RODATA|NOPTR, $32

DATA quarter<>+0(SB)/8, $0x3e8000003e800000
DATA quarter<>+8(SB)/8, $0x3e8000003e800000
DATA quarter<>+16(SB)/8, $0x3e8000003e800000
DATA quarter<>+24(SB)/8, $0x3e8000003e800000
GLOBL quarter<>(SB), RODATA|NOPTR, $32

DATA infinite<>+0(SB)/8, $0x7f8000007f800000
DATA infinite<>+8(SB)/8, $0x7f8000007f800000
DATA infinite<>+16(SB)/8, $0x7f8000007f800000
DATA infinite<>+24(SB)/8, $0x7f8000007f800000
GLOBL infinite<>(SB), RODATA|NOPTR, $32

DATA negative<>+0(SB)/8, $0xff800000ff800000
DATA negative<>+8(SB)/8, $0xff800000ff800000
DATA negative<>+16(SB)/8, $0xff800000ff800000
DATA negative<>+24(SB)/8, $0xff800000ff800000
GLOBL negative<>(SB), RODATA|NOPTR, $32

DATA slack<>+0(SB)/8, $0x3951b7173951b717
DATA slack<>+8(SB)/8, $0x3951b7173951b717
DATA slack<>+16(SB)/8, $0x3951b7173951b717
DATA slack<>+24(SB)/8, $0x3951b7173951b717
GLOBL slack<>(SB), RODATA|NOPTR, $32

DATA least<>+0(SB)/8, $0x368637bd368637bd
DATA least<>+8(SB)/8, $0x368637bd368637bd
DATA least<>+16(SB)/8, $0x368637bd368637bd
DATA least<>+24(SB)/8, $0x368637bd368637bd
GLOBL least<>(SB), RODATA|NOPTR, $32

DATA front<>+0(SB)/8, $0x3f8000003f800000
DATA front<>+8(SB)/8, $0x3f8000003f800000
DATA front<>+16(SB)/8, $0x3f8000003f800000
DATA front<>+24(SB)/8, $0x3f8000003f800000
GLOBL front<>(SB), RODATA|NOPTR, $32

DATA columns<>+0(SB)/8, $0x3f80000000000000
DATA columns<>+8(SB)/8, $0x4040000040000000
DATA columns<>+16(SB)/8, $0x40a0000040800000
DATA columns<>+24(SB)/8, $0x40e0000040c00000
GLOBL columns<>(SB), RODATA|NOPTR, $32

// func projectChunk(l *constants, src, rx, ry, rz, u, v, z, s, top, bottom *float32)
//
// The layout of constants: 32 bytes for each number, in the order of its fields.
TEXT ·projectChunk(SB), NOSPLIT, $0-88
	MOVQ l+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ rx+16(FP), R8
	MOVQ ry+24(FP), R9
	MOVQ rz+32(FP), R10
	MOVQ u+40(FP), AX
	MOVQ v+48(FP), BX
	MOVQ z+56(FP), CX
	MOVQ s+64(FP), DX
	XORQ R13, R13
	VMOVUPS infinite<>(SB), Y14
	VMOVAPS Y14, Y12
	VMOVUPS negative<>(SB), Y13

block:
	VMOVUPS (SI)(R13*1), Y0
	VMULPS  (R8)(R13*1), Y0, Y1
	VADDPS  0(DI), Y1, Y1
	VMULPS  (R9)(R13*1), Y0, Y2
	VADDPS  32(DI), Y2, Y2
	VMULPS  (R10)(R13*1), Y0, Y3
	VADDPS  64(DI), Y3, Y3

	// The depth counts within its range, in front of the camera and within the lens's domain.
	VCMPPS  $0x1d, 96(DI), Y0, Y4
	VCMPPS  $0x12, 128(DI), Y0, Y5
	VANDPS  Y5, Y4, Y4
	VCMPPS  $0x1d, front<>(SB), Y3, Y5
	VANDPS  Y5, Y4, Y4

	VMOVUPS one<>(SB), Y15
	VDIVPS  Y3, Y15, Y5
	VMULPS  Y5, Y1, Y1
	VMULPS  Y5, Y2, Y2
	VMULPS  Y1, Y1, Y5
	VMULPS  Y2, Y2, Y6
	VADDPS  Y6, Y5, Y5
	VCMPPS  $0x12, 160(DI), Y5, Y6
	VANDPS  Y6, Y4, Y4

	// Y1 x, Y2 y, Y5 r2; Y6 becomes the factor of the radial distortion.
	VMULPS  256(DI), Y5, Y6
	VADDPS  224(DI), Y6, Y6
	VMULPS  Y5, Y6, Y6
	VADDPS  192(DI), Y6, Y6
	VMULPS  Y5, Y6, Y6
	VADDPS  Y15, Y6, Y6
	VMULPS  352(DI), Y5, Y7
	VADDPS  320(DI), Y7, Y7
	VMULPS  Y5, Y7, Y7
	VADDPS  288(DI), Y7, Y7
	VMULPS  Y5, Y7, Y7
	VADDPS  Y15, Y7, Y7
	VDIVPS  Y7, Y6, Y6

	VMOVUPS two<>(SB), Y15
	VMULPS  Y2, Y1, Y7
	VMULPS  Y1, Y15, Y8
	VMULPS  Y1, Y8, Y8
	VADDPS  Y8, Y5, Y8
	VMULPS  416(DI), Y8, Y8
	VMULPS  384(DI), Y7, Y9
	VMULPS  Y6, Y1, Y10
	VADDPS  Y9, Y10, Y10
	VADDPS  Y8, Y10, Y10
	VMULPS  512(DI), Y10, Y10
	VADDPS  576(DI), Y10, Y10
	VMULPS  Y2, Y15, Y8
	VMULPS  Y2, Y8, Y8
	VADDPS  Y8, Y5, Y8
	VMULPS  448(DI), Y8, Y8
	VMULPS  480(DI), Y7, Y9
	VMULPS  Y6, Y2, Y11
	VADDPS  Y8, Y11, Y11
	VADDPS  Y9, Y11, Y11
	VMULPS  544(DI), Y11, Y11
	VADDPS  608(DI), Y11, Y11

	VANDPS  Y4, Y0, Y0
	VMOVUPS Y10, (AX)(R13*1)
	VMOVUPS Y11, (BX)(R13*1)
	VMOVUPS Y3, (CX)(R13*1)
	VMOVUPS Y0, (DX)(R13*1)
	VBLENDVPS Y4, Y11, Y14, Y0
	VMINPS  Y0, Y12, Y12
	VMOVUPS negative<>(SB), Y1
	VBLENDVPS Y4, Y11, Y1, Y0
	VMAXPS  Y0, Y13, Y13
	ADDQ    $32, R13
	CMPQ    R13, $128
	JNE     block

	// The least and the largest v of all lanes.
	MOVQ top+72(FP), AX
	MOVQ bottom+80(FP), BX
	VEXTRACTF128 $1, Y12, X0
	VMINPS  X0, X12, X12
	VPERMILPS $0x4e, X12, X0
	VMINPS  X0, X12, X12
	VPERMILPS $0xb1, X12, X0
	VMINPS  X0, X12, X12
	VMOVSS  X12, (AX)
	VEXTRACTF128 $1, Y13, X0
	VMAXPS  X0, X13, X13
	VPERMILPS $0x4e, X13, X0
	VMAXPS  X0, X13, X13
	VPERMILPS $0xb1, X13, X0
	VMAXPS  X0, X13, X13
	VMOVSS  X13, (BX)
	VZEROUPPER
	RET

// func classify(upper, lower *float32, abs, rel float32) uint64
TEXT ·classify(SB), NOSPLIT, $0-32
	MOVQ upper+0(FP), SI
	MOVQ lower+8(FP), DX
	VBROADCASTSS abs+16(FP), Y14
	VBROADCASTSS rel+20(FP), Y15
	VXORPS Y13, Y13, Y13
	XORQ   R8, R8
	XORQ   R9, R9
	MOVQ   $96, CX

block:
	VMOVUPS (SI)(CX*1), Y0
	VMOVUPS 4(SI)(CX*1), Y1
	VMOVUPS (DX)(CX*1), Y2
	VMOVUPS 4(DX)(CX*1), Y3
	VMINPS  Y1, Y0, Y4
	VMINPS  Y3, Y2, Y5
	VMINPS  Y5, Y4, Y4
	VMAXPS  Y1, Y0, Y5
	VMAXPS  Y3, Y2, Y6
	VMAXPS  Y6, Y5, Y5
	VMULPS  Y15, Y4, Y6
	VADDPS  Y14, Y6, Y6
	VSUBPS  Y4, Y5, Y7
	VCMPPS  $0x12, Y6, Y7, Y7
	VCMPPS  $0x1e, Y13, Y4, Y6
	VANDPS  Y6, Y7, Y7
	VMOVMSKPS Y7, AX
	VCMPPS  $0x1e, Y13, Y5, Y5
	VMOVMSKPS Y5, BX
	SHLQ    $8, R8
	ORQ     AX, R8
	SHLQ    $8, R9
	ORQ     BX, R9
	SUBQ    $32, CX
	JGE     block

	SHLQ $32, R9
	ORQ  R8, R9
	MOVQ R9, ret+24(FP)
	VZEROUPPER
	RET

// func drawQuads(r *raster, u, v, z *float32, pitch int64, mask uint64)
//
// Offsets in raster: near 0, pitch 24, first 32, end 40, last 48. On the stack, of the four edges: c at
// 0, du at 16, dv at 32; at 48 the bits that are left, at 56 the sets of them.
TEXT ·drawQuads(SB), NOSPLIT, $64-48
	MOVQ r+0(FP), DI
	MOVQ u+8(FP), SI
	MOVQ v+16(FP), DX
	MOVQ z+24(FP), R8
	MOVQ pitch+32(FP), R9
	SHLQ $2, R9
	MOVQ 24(DI), R11
	SHLQ $2, R11
	VMOVUPS infinite<>(SB), Y10

	// Neighbours write to the same pixels, and each has to wait for the last: so every fourth
	// quadrilateral is drawn, four times.
	MOVQ $4, 56(SP)
	MOVQ $0x1111111111111111, R10

set:
	MOVQ R10, 48(SP)
	ANDQ mask+40(FP), R10

quad:
	TESTQ R10, R10
	JZ    nextset
	BSFQ  R10, AX
	LEAQ  -1(R10), CX
	ANDQ  CX, R10

	// Y0: u of the corners a, b, d, c in the lower half, v in the upper one; X2: z.
	LEAQ    (SI)(AX*4), BX
	LEAQ    (DX)(AX*4), CX
	LEAQ    (R8)(AX*4), R12
	VMOVSD  (BX), X0
	VMOVHPS (BX)(R9*1), X0, X0
	VMOVSD  (CX), X1
	VMOVHPS (CX)(R9*1), X1, X1
	VMOVSD  (R12), X2
	VMOVHPS (R12)(R9*1), X2, X2
	VINSERTF128 $1, X1, Y0, Y0
	VPERMILPS $0xb4, Y0, Y0
	VPERMILPS $0xb4, X2, X2

	// Y4, Y5: the first and the last whole pixel within, x in the lower half and y in the upper one.
	VPERMILPS $0x4e, Y0, Y3
	VMINPS  Y3, Y0, Y4
	VMAXPS  Y3, Y0, Y5
	VPERMILPS $0xb1, Y4, Y6
	VPERMILPS $0xb1, Y5, Y7
	VMINPS  Y6, Y4, Y4
	VMAXPS  Y7, Y5, Y5
	VROUNDPS $2, Y4, Y4
	VROUNDPS $1, Y5, Y5
	VXORPS  Y3, Y3, Y3
	VMAXPS  Y3, Y4, Y4
	VMINPS  48(DI), Y5, Y5
	VCMPPS  $0x12, Y5, Y4, Y6
	VMOVMSKPS Y6, AX
	CMPL    AX, $0xff
	JNE     quad
	VCVTTPS2DQ Y4, Y6
	VCVTTPS2DQ Y5, Y7
	VEXTRACTI128 $1, Y6, X8
	VEXTRACTI128 $1, Y7, X9
	VMOVD   X6, AX
	VMOVD   X7, CX
	VMOVD   X8, R12
	VMOVD   X9, R13

	// R13: rows to draw; R12: rows that lie above the band; BX: the first pixel; CX: blocks of eight columns.
	INCQ    R13
	MOVQ    40(DI), BX
	CMPQ    R13, BX
	CMOVQGT BX, R13
	MOVQ    R12, BX
	CMPQ    BX, 32(DI)
	CMOVQLT 32(DI), BX
	SUBQ    BX, R13
	JLE     quad
	NEGQ    R12
	ADDQ    BX, R12
	SUBQ    32(DI), BX
	IMULQ   R11, BX
	ADDQ    0(DI), BX
	LEAQ    (BX)(AX*4), BX
	SUBQ    AX, CX
	SHRQ    $3, CX
	INCQ    CX

	// Relative to that pixel: Y1 du and dv, X3 c.
	VSUBPS  Y4, Y0, Y0
	VPERMILPS $0x39, Y0, Y1
	VSUBPS  Y0, Y1, Y1
	VPERM2F128 $1, Y1, Y1, Y3
	VMULPS  Y0, Y3, Y3
	VEXTRACTF128 $1, Y3, X4
	VSUBPS  X4, X3, X3
	VADDPS  slack<>(SB), X3, X3
	VMOVUPS X3, 0(SP)
	VMOVUPS Y1, 16(SP)

	// X4 eu fu, X6 ev fv, X5 ez fz; X7 fu, X8 fv, X9 fz.
	VPERMILPS $0x4e, Y1, Y4
	VSUBPS  Y4, Y1, Y4
	VPERMILPS $0x39, X2, X5
	VSUBPS  X2, X5, X5
	VPERMILPS $0x4e, X5, X6
	VSUBPS  X6, X5, X5
	VEXTRACTF128 $1, Y4, X6
	VMOVSHDUP X4, X7
	VMOVSHDUP X6, X8
	VMOVSHDUP X5, X9
	VMULSS  X8, X4, X3
	VMULSS  X6, X7, X11
	VSUBSS  X11, X3, X3
	VUCOMISS least<>(SB), X3
	JLS     quad
	VMOVSS  one<>(SB), X11
	VDIVSS  X3, X11, X11
	VMULSS  X8, X5, X12
	VMULSS  X6, X9, X13
	VSUBSS  X13, X12, X12
	VMULSS  X11, X12, X12
	VMULSS  X4, X9, X13
	VMULSS  X7, X5, X14
	VSUBSS  X14, X13, X13
	VMULSS  X11, X13, X13

	// X14 and X15: the means of u and v; X2 that of z; X9 becomes z at the first pixel.
	VPERMILPS $0x4e, Y0, Y14
	VADDPS  Y14, Y0, Y14
	VMOVSHDUP Y14, Y15
	VADDPS  Y15, Y14, Y14
	VMULPS  quarter<>(SB), Y14, Y14
	VEXTRACTF128 $1, Y14, X15
	VPERMILPS $0x4e, X2, X9
	VADDPS  X9, X2, X2
	VMOVSHDUP X2, X9
	VADDPS  X9, X2, X2
	VMULSS  quarter<>(SB), X2, X2
	VMULSS  X12, X14, X14
	VMULSS  X13, X15, X15
	VSUBSS  X14, X2, X2
	VSUBSS  X15, X2, X2
	VBROADCASTSS X2, Y9
	VBROADCASTSS X12, Y12
	VBROADCASTSS X13, Y13
	VMOVUPS columns<>(SB), Y11

columns:
	// Y0 to Y3: the edge functions in the row; Y4 to Y7: their steps to the next; Y8: z.
	VMULPS  Y12, Y11, Y8
	VADDPS  Y9, Y8, Y8
	VBROADCASTSS 32(SP), Y0
	VMULPS  Y11, Y0, Y0
	VBROADCASTSS 0(SP), Y15
	VSUBPS  Y0, Y15, Y0
	VBROADCASTSS 16(SP), Y4
	VBROADCASTSS 36(SP), Y1
	VMULPS  Y11, Y1, Y1
	VBROADCASTSS 4(SP), Y15
	VSUBPS  Y1, Y15, Y1
	VBROADCASTSS 20(SP), Y5
	VBROADCASTSS 40(SP), Y2
	VMULPS  Y11, Y2, Y2
	VBROADCASTSS 8(SP), Y15
	VSUBPS  Y2, Y15, Y2
	VBROADCASTSS 24(SP), Y6
	VBROADCASTSS 44(SP), Y3
	VMULPS  Y11, Y3, Y3
	VBROADCASTSS 12(SP), Y15
	VSUBPS  Y3, Y15, Y3
	VBROADCASTSS 28(SP), Y7
	MOVQ  R12, AX
	TESTQ AX, AX
	JZ    rows

above:
	VADDPS  Y4, Y0, Y0
	VADDPS  Y5, Y1, Y1
	VADDPS  Y6, Y2, Y2
	VADDPS  Y7, Y3, Y3
	VADDPS  Y13, Y8, Y8
	DECQ AX
	JNZ  above

rows:
	MOVQ R13, AX
	MOVQ BX, R15

row:
	VORPS   Y0, Y1, Y14
	VORPS   Y2, Y3, Y15
	VORPS   Y14, Y15, Y14
	VBLENDVPS Y14, Y10, Y8, Y15
	VMINPS  (R15), Y15, Y15
	VMOVUPS Y15, (R15)
	VADDPS  Y4, Y0, Y0
	VADDPS  Y5, Y1, Y1
	VADDPS  Y6, Y2, Y2
	VADDPS  Y7, Y3, Y3
	VADDPS  Y13, Y8, Y8
	ADDQ R11, R15
	DECQ AX
	JNZ  row

	VADDPS eight<>(SB), Y11, Y11
	ADDQ   $32, BX
	DECQ   CX
	JNZ    columns
	JMP    quad

nextset:
	MOVQ 48(SP), R10
	SHLQ $1, R10
	DECQ 56(SP)
	JNZ  set
	VZEROUPPER
	RET

// func finishRow(out *float32, marks *Mark, near, gap *float32, n int64, table *[2][256]uint64)
TEXT ·finishRow(SB), NOSPLIT, $0-48
	MOVQ out+0(FP), DI
	MOVQ marks+8(FP), R8
	MOVQ near+16(FP), SI
	MOVQ gap+24(FP), DX
	MOVQ n+32(FP), CX
	MOVQ table+40(FP), R9
	VMOVUPS infinite<>(SB), Y15

block:
	VMOVUPS (SI), Y0
	VCMPPS  $0, Y15, Y0, Y1
	VANDNPS Y0, Y1, Y2
	VMOVUPS Y2, (DI)
	VMOVUPS Y15, (SI)
	TESTQ   R8, R8
	JZ      next
	VMOVUPS (DX), Y3
	VCMPPS  $4, Y15, Y3, Y3
	VANDPS  Y1, Y3, Y3
	VMOVMSKPS Y1, AX
	VMOVMSKPS Y3, BX
	MOVQ    (R9)(AX*8), AX
	ORQ     2048(R9)(BX*8), AX
	MOVQ    AX, (R8)
	ADDQ    $8, R8

next:
	ADDQ $32, DI
	ADDQ $32, SI
	ADDQ $32, DX
	DECQ CX
	JNZ  block
	VZEROUPPER
	RET

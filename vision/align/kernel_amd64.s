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

// CORNERS loads the corners a, b, d, c of eight quadrilaterals from a row of values on.
#define CORNERS(row, a, b, d, c) \
	VMOVUPS (row), a         \
	VMOVUPS (row)(R9*1), b   \
	VMOVUPS (row)(R11*1), d  \
	VMOVUPS (row)(R10*1), c

// SPAN sets from and to to the first and the last whole number between four, within 0 to last.
#define SPAN(a, b, d, c, last, from, to, temp) \
	VMINPS   d, a, from           \
	VMINPS   c, b, temp           \
	VMINPS   temp, from, from     \
	VMAXPS   d, a, to             \
	VMAXPS   c, b, temp           \
	VMAXPS   temp, to, to         \
	VROUNDPS $2, from, from       \
	VROUNDPS $1, to, to           \
	VXORPS   temp, temp, temp     \
	VMAXPS   temp, from, from     \
	VMINPS   last, to, to

// MEAN sets m to the mean of four.
#define MEAN(a, b, d, c, m, temp) \
	VADDPS d, a, m    \
	VADDPS c, b, temp \
	VADDPS temp, m, m \
	VMULPS quarter<>(SB), m, m

// func planQuads(p *plan, r *raster, u, v, z *float32, b, c int64, mask uint32) uint32
//
// Offsets in raster: pitch 24, first 32, end 40, last 48 and 80. In plan, fields of 128 bytes: c at 0, du at 512, dv at
// 1024, gx 1536, gy 1664, z0 1792, at 1920, above 2048, rows 2176, blocks 2304.
TEXT ·planQuads(SB), NOSPLIT, $0-68
	MOVQ p+0(FP), DI
	MOVQ r+8(FP), DX
	MOVQ u+16(FP), SI
	MOVQ v+24(FP), R8
	MOVQ z+32(FP), R12
	MOVQ b+40(FP), R9
	SHLQ $2, R9
	MOVQ c+48(FP), R10
	SHLQ $2, R10
	LEAQ (R9)(R10*1), R11
	MOVL mask+56(FP), R13
	XORQ BX, BX
	XORQ CX, CX

group:
	TESTB $0xff, R13
	JZ    next
	CORNERS(SI, Y0, Y1, Y2, Y3)
	CORNERS(R8, Y4, Y5, Y6, Y7)

	// Y8, Y9 the span of columns, Y10, Y11 that of rows; Y15 where both hold pixels.
	SPAN(Y0, Y1, Y2, Y3, 48(DX), Y8, Y9, Y12)
	SPAN(Y4, Y5, Y6, Y7, 80(DX), Y10, Y11, Y12)
	VCMPPS $0x12, Y9, Y8, Y15
	VCMPPS $0x12, Y11, Y10, Y12
	VANDPS Y12, Y15, Y15

	// Corners relative to the first pixel.
	VSUBPS Y8, Y0, Y0
	VSUBPS Y8, Y1, Y1
	VSUBPS Y8, Y2, Y2
	VSUBPS Y8, Y3, Y3
	VSUBPS Y10, Y4, Y4
	VSUBPS Y10, Y5, Y5
	VSUBPS Y10, Y6, Y6
	VSUBPS Y10, Y7, Y7

	// Blocks of eight columns; what of the rows lies in the band, and where it begins.
	VSUBPS       Y8, Y9, Y9
	VCVTTPS2DQ   Y9, Y9
	VPSRLD       $3, Y9, Y9
	VPCMPEQD     Y12, Y12, Y12
	VPSUBD       Y12, Y9, Y9
	VMOVDQU      Y9, 2304(DI)
	VCVTTPS2DQ   Y8, Y8
	VCVTTPS2DQ   Y10, Y10
	VCVTTPS2DQ   Y11, Y11
	VPSUBD       Y12, Y11, Y11
	VPBROADCASTD 40(DX), Y9
	VPMINSD      Y9, Y11, Y11
	VPBROADCASTD 32(DX), Y9
	VPMAXSD      Y9, Y10, Y12
	VPSUBD       Y10, Y12, Y10
	VMOVDQU      Y10, 2048(DI)
	VPSUBD       Y12, Y11, Y11
	VMOVDQU      Y11, 2176(DI)
	VPSUBD       Y9, Y12, Y12
	VPBROADCASTD 24(DX), Y9
	VPMULLD      Y9, Y12, Y12
	VPADDD       Y8, Y12, Y12
	VMOVDQU      Y12, 1920(DI)
	VPXOR        Y12, Y12, Y12
	VPCMPGTD     Y12, Y11, Y11
	VPAND        Y11, Y15, Y15
	VMOVMSKPS    Y15, AX
	ANDQ         R13, AX
	JZ           next

	MEAN(Y0, Y1, Y2, Y3, Y8, Y9)
	VMOVUPS Y8, 1536(DI)
	MEAN(Y4, Y5, Y6, Y7, Y8, Y9)
	VMOVUPS Y8, 1664(DI)

	// Y8 to Y11: du; Y12 to Y15: dv; then Y0 to Y3: c.
	VSUBPS  Y0, Y1, Y8
	VSUBPS  Y1, Y2, Y9
	VSUBPS  Y2, Y3, Y10
	VSUBPS  Y3, Y0, Y11
	VSUBPS  Y4, Y5, Y12
	VSUBPS  Y5, Y6, Y13
	VSUBPS  Y6, Y7, Y14
	VSUBPS  Y7, Y4, Y15
	VMOVUPS Y8, 512(DI)
	VMOVUPS Y9, 640(DI)
	VMOVUPS Y10, 768(DI)
	VMOVUPS Y11, 896(DI)
	VMOVUPS Y12, 1024(DI)
	VMOVUPS Y13, 1152(DI)
	VMOVUPS Y14, 1280(DI)
	VMOVUPS Y15, 1408(DI)
	VMULPS  Y12, Y0, Y0
	VMULPS  Y13, Y1, Y1
	VMULPS  Y14, Y2, Y2
	VMULPS  Y15, Y3, Y3
	VMULPS  Y8, Y4, Y4
	VMULPS  Y9, Y5, Y5
	VMULPS  Y10, Y6, Y6
	VMULPS  Y11, Y7, Y7
	VSUBPS  Y4, Y0, Y0
	VSUBPS  Y5, Y1, Y1
	VSUBPS  Y6, Y2, Y2
	VSUBPS  Y7, Y3, Y3
	VMOVUPS slack<>(SB), Y4
	VADDPS  Y4, Y0, Y0
	VADDPS  Y4, Y1, Y1
	VADDPS  Y4, Y2, Y2
	VADDPS  Y4, Y3, Y3
	VMOVUPS Y0, 0(DI)
	VMOVUPS Y1, 128(DI)
	VMOVUPS Y2, 256(DI)
	VMOVUPS Y3, 384(DI)

	// Y8 eu, Y9 fu, Y12 ev, Y13 fv; Y14 the determinant, then its inverse.
	VSUBPS    Y10, Y8, Y8
	VSUBPS    Y11, Y9, Y9
	VSUBPS    Y14, Y12, Y12
	VSUBPS    Y15, Y13, Y13
	VMULPS    Y13, Y8, Y14
	VMULPS    Y12, Y9, Y15
	VSUBPS    Y15, Y14, Y14
	VCMPPS    $0x1e, least<>(SB), Y14, Y15
	VMOVMSKPS Y15, R15
	ANDQ      R15, AX
	SHLQ      CX, AX
	ORQ       AX, BX
	VMOVUPS   one<>(SB), Y15
	VDIVPS    Y14, Y15, Y14

	// Y4 ez, Y5 fz; Y0 z0, Y10 gx, Y11 gy.
	CORNERS(R12, Y0, Y1, Y2, Y3)
	VSUBPS  Y0, Y1, Y4
	VSUBPS  Y2, Y3, Y6
	VSUBPS  Y6, Y4, Y4
	VSUBPS  Y1, Y2, Y5
	VSUBPS  Y3, Y0, Y6
	VSUBPS  Y6, Y5, Y5
	MEAN(Y0, Y1, Y2, Y3, Y6, Y7)
	VMULPS  Y13, Y4, Y10
	VMULPS  Y12, Y5, Y11
	VSUBPS  Y11, Y10, Y10
	VMULPS  Y14, Y10, Y10
	VMULPS  Y8, Y5, Y11
	VMULPS  Y9, Y4, Y15
	VSUBPS  Y15, Y11, Y11
	VMULPS  Y14, Y11, Y11
	VMULPS  1536(DI), Y10, Y0
	VSUBPS  Y0, Y6, Y0
	VMULPS  1664(DI), Y11, Y1
	VSUBPS  Y1, Y0, Y0
	VMOVUPS Y10, 1536(DI)
	VMOVUPS Y11, 1664(DI)
	VMOVUPS Y0, 1792(DI)

next:
	ADDQ $32, SI
	ADDQ $32, R8
	ADDQ $32, R12
	ADDQ $32, DI
	ADDQ $8, CX
	SHRQ $8, R13
	JNZ  group
	MOVL BX, ret+64(FP)
	VZEROUPPER
	RET

// func drawQuads(p *plan, near *float32, pitch int64, mask uint32)
//
// The layout of plan is told above.
TEXT ·drawQuads(SB), NOSPLIT, $16-28
	MOVQ near+8(FP), DX
	MOVQ pitch+16(FP), R11
	SHLQ $2, R11
	VMOVUPS infinite<>(SB), Y10

	// Neighbours write to the same pixels, and each has to wait for the last: so every fourth
	// quadrilateral is drawn, four times.
	MOVQ $4, 8(SP)
	MOVL $0x11111111, R10

set:
	MOVL R10, 0(SP)
	ANDL mask+24(FP), R10
	JZ   nextset

quad:
	BSFQ  R10, SI
	LEAQ  -1(R10), CX
	ANDQ  CX, R10
	SHLQ  $2, SI
	ADDQ  p+0(FP), SI
	MOVL  1920(SI), BX
	LEAQ  (DX)(BX*4), BX
	MOVL  2048(SI), R12
	MOVL  2176(SI), R13
	MOVL  2304(SI), CX
	VBROADCASTSS 512(SI), Y4
	VBROADCASTSS 640(SI), Y5
	VBROADCASTSS 768(SI), Y6
	VBROADCASTSS 896(SI), Y7
	VBROADCASTSS 1664(SI), Y13
	VMOVUPS columns<>(SB), Y11

columns:
	// Y0 to Y3: the edge functions in the row; Y4 to Y7: their steps to the next; Y8: z, Y13: its step.
	VBROADCASTSS 1536(SI), Y8
	VMULPS  Y8, Y11, Y8
	VBROADCASTSS 1792(SI), Y9
	VADDPS  Y9, Y8, Y8
	VBROADCASTSS 1024(SI), Y0
	VMULPS  Y11, Y0, Y0
	VBROADCASTSS 0(SI), Y15
	VSUBPS  Y0, Y15, Y0
	VBROADCASTSS 1152(SI), Y1
	VMULPS  Y11, Y1, Y1
	VBROADCASTSS 128(SI), Y15
	VSUBPS  Y1, Y15, Y1
	VBROADCASTSS 1280(SI), Y2
	VMULPS  Y11, Y2, Y2
	VBROADCASTSS 256(SI), Y15
	VSUBPS  Y2, Y15, Y2
	VBROADCASTSS 1408(SI), Y3
	VMULPS  Y11, Y3, Y3
	VBROADCASTSS 384(SI), Y15
	VSUBPS  Y3, Y15, Y3
	MOVL  R12, AX
	TESTL AX, AX
	JNZ   above

rows:
	MOVL R13, AX
	MOVQ BX, R8

row:
	VORPS   Y0, Y1, Y14
	VORPS   Y2, Y3, Y15
	VORPS   Y14, Y15, Y14
	VBLENDVPS Y14, Y10, Y8, Y15
	VMINPS  (R8), Y15, Y15
	VMOVUPS Y15, (R8)
	VADDPS  Y4, Y0, Y0
	VADDPS  Y5, Y1, Y1
	VADDPS  Y6, Y2, Y2
	VADDPS  Y7, Y3, Y3
	VADDPS  Y13, Y8, Y8
	ADDQ R11, R8
	DECL AX
	JNZ  row

	DECL CX
	JNZ  wider
	TESTQ R10, R10
	JNZ   quad

nextset:
	MOVL 0(SP), R10
	SHLL $1, R10
	DECQ 8(SP)
	JNZ  set
	VZEROUPPER
	RET

wider:
	VADDPS eight<>(SB), Y11, Y11
	ADDQ   $32, BX
	JMP    columns

above:
	VADDPS  Y4, Y0, Y0
	VADDPS  Y5, Y1, Y1
	VADDPS  Y6, Y2, Y2
	VADDPS  Y7, Y3, Y3
	VADDPS  Y13, Y8, Y8
	DECL AX
	JNZ  above
	JMP  rows

// BAND loads eight pixels of the band: Y0 their depth, Y1 where it is empty, Y2 depth with 0 there. It leaves them empty.
#define BAND \
	VMOVUPS (SI), Y0         \
	VCMPPS  $0, Y15, Y0, Y1  \
	VANDNPS Y0, Y1, Y2       \
	VMOVUPS Y15, (SI)

// MARKS sets AX to the marks of eight pixels, and leaves the band of gaps empty.
#define MARKS \
	VMOVUPS   (DX), Y3         \
	VMOVUPS   Y15, (DX)        \
	VCMPPS    $4, Y15, Y3, Y3  \
	VANDPS    Y1, Y3, Y3       \
	VMOVMSKPS Y1, AX           \
	VMOVMSKPS Y3, BX           \
	MOVQ      (R9)(AX*8), AX   \
	ORQ       2048(R9)(BX*8), AX

// func finishRow(out *float32, marks *Mark, near, gap *float32, n int64, table *[2][256]uint64, stream bool)
//
// A streamed row does not pass through the caches: nothing has to be read of what it overwrites.
TEXT ·finishRow(SB), NOSPLIT, $0-49
	MOVQ out+0(FP), DI
	MOVQ marks+8(FP), R8
	MOVQ near+16(FP), SI
	MOVQ gap+24(FP), DX
	MOVQ n+32(FP), CX
	MOVQ table+40(FP), R9
	VMOVUPS infinite<>(SB), Y15
	CMPB  stream+48(FP), $0
	JE    block
	TESTQ $31, DI
	JZ    stream

block:
	BAND
	VMOVUPS Y2, (DI)
	TESTQ   R8, R8
	JZ      next
	MARKS
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

stream:
	BAND
	VMOVNTPS Y2, (DI)
	TESTQ    R8, R8
	JZ       nextstream
	MARKS
	MOVNTIQ  AX, (R8)
	ADDQ     $8, R8

nextstream:
	ADDQ $32, DI
	ADDQ $32, SI
	ADDQ $32, DX
	DECQ CX
	JNZ  stream
	SFENCE
	VZEROUPPER
	RET

#include "go_asm.h"
#include "textflag.h"

DATA share<>+0(SB)/4, $(0.00390625)
GLOBL share<>(SB), RODATA|NOPTR, $4
DATA level<>+0(SB)/4, $(0.00392156862745098)
GLOBL level<>(SB), RODATA|NOPTR, $4
DATA apart<>+0(SB)/4, $(1.02) // apart
GLOBL apart<>(SB), RODATA|NOPTR, $4
DATA one<>+0(SB)/4, $(1.0)
GLOBL one<>(SB), RODATA|NOPTR, $4
DATA half<>+0(SB)/4, $(0.5)
GLOBL half<>(SB), RODATA|NOPTR, $4
DATA dazzle<>+0(SB)/4, $(8.0) // dazzle
GLOBL dazzle<>(SB), RODATA|NOPTR, $4
DATA mm<>+0(SB)/4, $(1000.0)
GLOBL mm<>(SB), RODATA|NOPTR, $4
DATA sure<>+0(SB)/4, $(32.0) // confidenceUnit
GLOBL sure<>(SB), RODATA|NOPTR, $4
DATA same<>+0(SB)/4, $(0.05) // sameDepth
GLOBL same<>(SB), RODATA|NOPTR, $4
DATA tenth<>+0(SB)/4, $(0.1)
GLOBL tenth<>(SB), RODATA|NOPTR, $4

// GATHER reads from base, at index in bytes times scale, where mask is set, and 0 elsewhere.
// Y15 is lost.
#define GATHER(place, mask, out) \
	VMOVDQA    mask, Y15      \
	VPXOR      out, out, out  \
	VPGATHERDD Y15, place, out

// func lookGroups(s *sight, n int)
TEXT ·lookGroups(SB), NOSPLIT, $0-16
	MOVQ s+0(FP), DI
	MOVQ n+8(FP), CX
	MOVQ sight_at(DI), R8
	MOVQ sight_part(DI), R9
	MOVQ sight_slant(DI), R10
	MOVQ sight_inverse(DI), R11
	MOVQ sight_facing(DI), R12
	MOVQ sight_color(DI), R13
	MOVQ sight_stride(DI), DX
	LEAQ (R11)(DX*4), SI       // inverse, a row down
	MOVQ sight_iz(DI), BX
	MOVQ sight_slow(DI), DX
	XORQ AX, AX                // pixel

look:
	VMOVDQU      (R8)(AX*4), Y0
	VPCMPEQD     Y1, Y1, Y1
	VPCMPEQD     Y1, Y0, Y2
	VPXOR        Y1, Y2, Y14     // seen at all
	VPSRLD       $16, Y1, Y1
	VPSRLD       $16, Y0, Y2
	VPAND        Y1, Y0, Y0
	VPBROADCASTD sight_stride(DI), Y3
	VPMULLD      Y3, Y2, Y2
	VPADDD       Y2, Y0, Y0      // j
	GATHER((R11)(Y0*4), Y14, Y4)
	GATHER(4(R11)(Y0*4), Y14, Y5)
	GATHER((SI)(Y0*4), Y14, Y6)
	GATHER(4(SI)(Y0*4), Y14, Y7)

	// Y12: is there an edge? Numbers that are not negative are in the order of their bits.
	VPMINUD      Y5, Y4, Y8
	VPMINUD      Y7, Y6, Y9
	VPMINUD      Y9, Y8, Y8
	VPMAXUD      Y5, Y4, Y9
	VPMAXUD      Y7, Y6, Y10
	VPMAXUD      Y10, Y9, Y9
	VXORPS       Y13, Y13, Y13
	VCMPPS       $0x12, Y13, Y8, Y12 // lo <= 0
	VBROADCASTSS apart<>(SB), Y10
	VMULPS       Y10, Y8, Y8
	VCMPPS       $0x1e, Y8, Y9, Y8   // hi > lo apart
	VORPS        Y8, Y12, Y12
	VCMPPS       $0x1e, Y13, Y9, Y11 // is anything there?

	// Y8: 1/z between the four; Y4: that of the nearest, which is Y0.
	VPMOVZXWD    (R9)(AX*2), Y1
	VPCMPEQD     Y2, Y2, Y2
	VPSRLD       $24, Y2, Y2
	VPAND        Y2, Y1, Y2
	VPSRLD       $8, Y1, Y8
	VCVTDQ2PS    Y2, Y2
	VCVTDQ2PS    Y8, Y8
	VBROADCASTSS share<>(SB), Y9
	VMULPS       Y9, Y2, Y2          // x
	VMULPS       Y9, Y8, Y8          // y
	VSUBPS       Y4, Y5, Y9
	VMULPS       Y2, Y9, Y9
	VADDPS       Y4, Y9, Y9          // top
	VSUBPS       Y6, Y7, Y10
	VMULPS       Y2, Y10, Y10
	VADDPS       Y6, Y10, Y10        // bottom
	VSUBPS       Y9, Y10, Y10
	VMULPS       Y8, Y10, Y10
	VADDPS       Y9, Y10, Y8
	VPSLLD       $24, Y1, Y2
	VPSRAD       $31, Y2, Y2         // to the right
	VPSLLD       $16, Y1, Y1
	VPSRAD       $31, Y1, Y1         // down
	VBLENDVPS    Y2, Y5, Y4, Y4
	VBLENDVPS    Y2, Y7, Y6, Y6
	VBLENDVPS    Y1, Y6, Y4, Y4
	VPSUBD       Y2, Y0, Y0
	VPAND        Y3, Y1, Y1
	VPADDD       Y1, Y0, Y0
	VBLENDVPS    Y12, Y4, Y8, Y8
	VMOVUPS      Y8, (BX)(AX*4)

	// Y4: cosine; Y1: colour.
	GATHER((R12)(Y0*4), Y14, Y5)
	VMULPS       Y4, Y5, Y4
	VMULPS       (R10)(AX*4), Y4, Y4
	VPADDD       Y0, Y0, Y1
	VPADDD       Y1, Y0, Y0
	GATHER((R13)(Y0*1), Y14, Y1)

	// Light after Lambert.
	VPCMPEQD     Y2, Y2, Y2
	VPSRLD       $24, Y2, Y2         // 0x000000ff
	VPAND        Y2, Y1, Y3
	VCVTDQ2PS    Y3, Y3
	VBROADCASTSS level<>(SB), Y5
	VMULPS       Y5, Y3, Y3
	VMULPS       Y4, Y3, Y3
	VMULPS       Y8, Y3, Y3
	VMULPS       Y8, Y3, Y3
	MOVQ         sight_light(DI), R14
	VMOVUPS      Y3, (R14)(AX*4)

	// Left are edges, and gloss that dazzles.
	VBROADCASTSS one<>(SB), Y3
	VSUBPS       Y4, Y3, Y4
	VMAXPS       Y13, Y4, Y4         // d
	VPSRLD       $16, Y1, Y5
	VPAND        Y2, Y5, Y5
	VCVTDQ2PS    Y5, Y5              // shine
	VMULPS       Y4, Y5, Y5
	VBROADCASTSS half<>(SB), Y6
	VMULPS       Y6, Y4, Y4
	VADDPS       Y3, Y4, Y4
	VMULPS       Y4, Y5, Y5
	VBROADCASTSS dazzle<>(SB), Y6
	VCMPPS       $0x12, Y6, Y5, Y5
	VPSLLD       $8, Y2, Y2
	VPAND        Y2, Y1, Y1          // gloss
	VPCMPEQD     Y13, Y1, Y1
	VPANDN       Y5, Y1, Y1
	VPBROADCASTD sight_edges(DI), Y2
	VPAND        Y2, Y12, Y12
	VPOR         Y1, Y12, Y12
	VPAND        Y11, Y12, Y12
	VMOVMSKPS    Y12, R14
	MOVB         R14, (DX)
	INCQ         DX
	ADDQ         $8, AX
	DECQ         CX
	JNZ          look
	VZEROUPPER
	RET

// CORNER weighs the bias of one of the four cells around each pixel: area is its share, which
// counts little where the cell's depth is more than Y13 from the pixel's, Y10. It is lost, and
// so are Y6, Y7 and Y15.
#define CORNER(depth, bias, area) \
	GATHER(depth, Y14, Y6)         \
	VSUBPS       Y10, Y6, Y6       \
	VPCMPEQD     Y7, Y7, Y7        \
	VPSRLD       $1, Y7, Y7        \
	VANDPS       Y7, Y6, Y6        \
	VCMPPS       $0x1e, Y13, Y6, Y15 \
	VMULPS       Y6, Y6, Y6        \
	VMULPS       Y13, Y13, Y7      \
	VDIVPS       Y6, Y7, Y7        \
	VBROADCASTSS tenth<>(SB), Y6   \
	VMULPS       Y6, Y7, Y7        \
	VMULPS       Y7, area, Y7      \
	VBLENDVPS    Y15, Y7, area, area \
	VADDPS       area, Y3, Y3      \
	GATHER(bias, Y14, Y6)          \
	VMULPS       area, Y6, Y6      \
	VADDPS       Y6, Y4, Y4

// func measureGroups(s *sight, m *meter, n int)
TEXT ·measureGroups(SB), NOSPLIT, $0-24
	MOVQ s+0(FP), DI
	MOVQ m+8(FP), SI
	MOVQ n+16(FP), CX
	MOVQ sight_slant(DI), R8
	MOVQ sight_fixed(DI), R9
	MOVQ sight_random(DI), R10
	MOVQ sight_iz(DI), R11
	MOVQ sight_light(DI), R12
	MOVQ sight_z(DI), R13
	XORQ AX, AX               // pixel

measure:
	// Y14: pixels that have a depth; Y3: signal.
	VMOVUPS      (R11)(AX*4), Y0
	VXORPS       Y13, Y13, Y13
	VCMPPS       $0x1e, Y13, Y0, Y14
	VMOVUPS      (R8)(AX*4), Y1
	VBROADCASTSS meter_full(SI), Y3
	VMULPS       Y1, Y3, Y3
	VMULPS       Y1, Y3, Y3
	VMULPS       (R12)(AX*4), Y3, Y3
	VBROADCASTSS meter_most(SI), Y2
	VCMPPS       $0x11, Y2, Y3, Y2
	VANDPS       Y2, Y14, Y14
	VPXOR        Y11, Y11, Y11
	VPXOR        Y9, Y9, Y9
	VMOVMSKPS    Y14, R14
	TESTL        R14, R14
	JZ           none

	// Y5: sigma; Y9: signal as it seems; Y11: noise of depth.
	VBROADCASTSS one<>(SB), Y8
	VDIVPS       Y3, Y8, Y4
	VBROADCASTSS meter_sigma2(SI), Y5
	VMULPS       Y4, Y5, Y5
	VBROADCASTSS meter_readout(SI), Y6
	VMULPS       Y4, Y6, Y6
	VBROADCASTSS meter_photons(SI), Y7
	VADDPS       Y7, Y6, Y6
	VMULPS       Y6, Y5, Y5
	VSQRTPS      Y5, Y5
	VMOVDQU      (R10)(AX*4), Y6
	VPCMPEQD     Y7, Y7, Y7
	VPSRLD       $20, Y7, Y7                 // quantileMask
	VPAND        Y7, Y6, Y1
	VPSRLD       $12, Y6, Y6
	VPAND        Y7, Y6, Y6
	LEAQ         ·normals(SB), R14
	GATHER((R14)(Y1*4), Y14, Y11)
	GATHER((R14)(Y6*4), Y14, Y9)
	VMULPS       Y5, Y11, Y11
	VBROADCASTSS meter_turn(SI), Y6
	VMULPS       Y5, Y6, Y6
	VMULPS       Y6, Y9, Y9
	VADDPS       Y8, Y9, Y9
	VMULPS       Y3, Y9, Y9
	VBROADCASTSS meter_least(SI), Y6
	VCMPPS       $0x1e, Y6, Y9, Y6
	VANDPS       Y6, Y14, Y14

	// Y10: true depth; Y11: what is measured.
	VBROADCASTSS mm<>(SB), Y10
	VDIVPS       Y0, Y10, Y10
	VADDPS       Y10, Y11, Y11
	VADDPS       (R9)(AX*4), Y11, Y11
	VBROADCASTSS meter_scale(SI), Y6
	VMULPS       Y10, Y6, Y6
	VADDPS       Y6, Y11, Y11
	VBROADCASTSS meter_perWave(SI), Y6
	VMULPS       Y10, Y6, Y6
	VCVTTPS2DQ   Y6, Y6
	VPCMPEQD     Y7, Y7, Y7
	VPSRLD       $24, Y7, Y7                 // waveSteps-1
	VPAND        Y7, Y6, Y6
	GATHER(meter_wave(SI)(Y6*4), Y14, Y7)
	VADDPS       Y7, Y11, Y11

	MOVQ         meter_multi(SI), BX
	TESTQ        BX, BX
	JZ           quantise

	// Y0: cell; Y1, Y2: way from its middle, x and y.
	MOVQ         sight_at(DI), R14
	VMOVDQU      (R14)(AX*4), Y0
	MOVQ         sight_part(DI), R14
	VPMOVZXWD    (R14)(AX*2), Y1
	VPSRLD       $16, Y0, Y2
	VPSLLD       $16, Y0, Y0
	VPSRLD       $16, Y0, Y0
	VPSRLD       $15, Y1, Y3
	VPADDD       Y3, Y2, Y2
	VPSLLD       $24, Y1, Y1
	VPSRLD       $31, Y1, Y1
	VPADDD       Y1, Y0, Y1
	VCVTDQ2PS    Y1, Y1
	VCVTDQ2PS    Y2, Y2
	VBROADCASTSS multipath_cell1(BX), Y3
	VMULPS       Y3, Y1, Y1
	VMULPS       Y3, Y2, Y2
	VCVTTPS2DQ   Y1, Y0
	VCVTTPS2DQ   Y2, Y3
	VCVTDQ2PS    Y0, Y4
	VSUBPS       Y4, Y1, Y1
	VCVTDQ2PS    Y3, Y4
	VSUBPS       Y4, Y2, Y2
	VPBROADCASTD multipath_w(BX), Y4
	VPMULLD      Y4, Y3, Y3
	VPADDD       Y3, Y0, Y0

	// Y13: depths that make one surface; Y12: pixels whose cells are of one.
	VBROADCASTSS same<>(SB), Y13
	VMULPS       Y10, Y13, Y13
	MOVQ         multipath_even(BX), R14
	GATHER((R14)(Y0*4), Y14, Y5)
	VSUBPS       Y10, Y5, Y5
	VCMPPS       $0x11, Y13, Y5, Y12
	VXORPS       Y6, Y6, Y6
	VSUBPS       Y13, Y6, Y6
	VCMPPS       $0x1e, Y6, Y5, Y5
	VANDPS       Y5, Y12, Y12

	// Y3, Y4, Y5, Y6: biases of the four; between them.
	MOVQ         multipath_bias(BX), R14
	MOVQ         multipath_w(BX), DX
	GATHER((R14)(Y0*4), Y14, Y3)
	GATHER(4(R14)(Y0*4), Y14, Y4)
	LEAQ         (R14)(DX*4), R14
	GATHER((R14)(Y0*4), Y14, Y5)
	GATHER(4(R14)(Y0*4), Y14, Y6)
	VSUBPS       Y3, Y4, Y7
	VMULPS       Y1, Y7, Y7
	VADDPS       Y3, Y7, Y7
	VSUBPS       Y5, Y6, Y8
	VMULPS       Y1, Y8, Y8
	VADDPS       Y5, Y8, Y8
	VSUBPS       Y7, Y8, Y8
	VMULPS       Y2, Y8, Y8
	VADDPS       Y7, Y8, Y8
	VANDNPS      Y14, Y12, Y7
	VMOVMSKPS    Y7, R14
	TESTL        R14, R14
	JNZ          uneven

reflected:
	VADDPS Y8, Y11, Y11

quantise:
	VBROADCASTSS meter_step(SI), Y0
	VXORPS       Y13, Y13, Y13
	VUCOMISS     X13, X0
	JEQ          range
	VBROADCASTSS meter_perStep(SI), Y1
	VMULPS       Y1, Y11, Y11
	VBROADCASTSS half<>(SB), Y1
	VADDPS       Y1, Y11, Y11
	VCVTTPS2DQ   Y11, Y11
	VCVTDQ2PS    Y11, Y11
	VMULPS       Y0, Y11, Y11

range:
	VBROADCASTSS meter_near(SI), Y0
	VCMPPS       $0x1d, Y0, Y11, Y0
	VANDPS       Y0, Y14, Y14
	VBROADCASTSS meter_far(SI), Y0
	VCMPPS       $0x12, Y0, Y11, Y0
	VANDPS       Y0, Y14, Y14
	VANDPS       Y14, Y11, Y11
	VSQRTPS      Y9, Y9
	VBROADCASTSS sure<>(SB), Y0
	VMULPS       Y0, Y9, Y9
	VCVTTPS2DQ   Y9, Y9
	VPCMPEQD     Y0, Y0, Y0
	VPSRLD       $24, Y0, Y1                 // 255
	VPSRLD       $31, Y0, Y0                 // 1
	VPMINSD      Y1, Y9, Y9
	VPMAXSD      Y0, Y9, Y9
	VPAND        Y14, Y9, Y9

none:
	VMOVUPS      Y11, (R13)(AX*4)
	VEXTRACTI128 $1, Y9, X0
	VPACKUSDW    X0, X9, X9
	VPACKUSWB    X9, X9, X9
	MOVQ         sight_conf(DI), R14
	VMOVQ        X9, (R14)(AX*1)
	ADDQ         $8, AX
	DECQ         CX
	JNZ          measure
	VZEROUPPER
	RET

uneven:
	// The mean of the four under weights, Y4 over Y3, instead of Y8 where cells are uneven.
	MOVQ         multipath_bias(BX), R14
	MOVQ         multipath_z(BX), BX
	VXORPS       Y3, Y3, Y3
	VXORPS       Y4, Y4, Y4
	VBROADCASTSS one<>(SB), Y7
	VSUBPS       Y1, Y7, Y5
	VSUBPS       Y2, Y7, Y7
	VMULPS       Y7, Y5, Y5
	CORNER((BX)(Y0*4), (R14)(Y0*4), Y5)
	VBROADCASTSS one<>(SB), Y7
	VSUBPS       Y2, Y7, Y5
	VMULPS       Y1, Y5, Y5
	CORNER(4(BX)(Y0*4), 4(R14)(Y0*4), Y5)
	LEAQ         (BX)(DX*4), BX
	LEAQ         (R14)(DX*4), R14
	VBROADCASTSS one<>(SB), Y7
	VSUBPS       Y1, Y7, Y5
	VMULPS       Y2, Y5, Y5
	CORNER((BX)(Y0*4), (R14)(Y0*4), Y5)
	VMULPS       Y2, Y1, Y5
	CORNER(4(BX)(Y0*4), 4(R14)(Y0*4), Y5)
	VXORPS       Y7, Y7, Y7
	VCMPPS       $0x1e, Y7, Y3, Y7
	VDIVPS       Y3, Y4, Y4
	VANDPS       Y7, Y4, Y4
	VBLENDVPS    Y12, Y8, Y4, Y8
	JMP          reflected

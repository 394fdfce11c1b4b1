#include "go_asm.h"
#include "textflag.h"

DATA pixel<>+0(SB)/4, $(0.0)
DATA pixel<>+4(SB)/4, $(1.0)
DATA pixel<>+8(SB)/4, $(2.0)
DATA pixel<>+12(SB)/4, $(3.0)
DATA pixel<>+16(SB)/4, $(4.0)
DATA pixel<>+20(SB)/4, $(5.0)
DATA pixel<>+24(SB)/4, $(6.0)
DATA pixel<>+28(SB)/4, $(7.0)
GLOBL pixel<>(SB), RODATA|NOPTR, $32

DATA group<>+0(SB)/4, $(8.0)
GLOBL group<>(SB), RODATA|NOPTR, $4

DATA one<>+0(SB)/4, $(1.0)
GLOBL one<>(SB), RODATA|NOPTR, $4

DATA brightest<>+0(SB)/4, $998 // maxLight256
GLOBL brightest<>(SB), RODATA|NOPTR, $4

// Each of the lower four values twice, and of the upper four.
DATA lower<>+0(SB)/8, $0x0000000000000000
DATA lower<>+8(SB)/8, $0x0000000100000001
DATA lower<>+16(SB)/8, $0x0000000200000002
DATA lower<>+24(SB)/8, $0x0000000300000003
GLOBL lower<>(SB), RODATA|NOPTR, $32
DATA upper<>+0(SB)/8, $0x0000000400000004
DATA upper<>+8(SB)/8, $0x0000000500000005
DATA upper<>+16(SB)/8, $0x0000000600000006
DATA upper<>+24(SB)/8, $0x0000000700000007
GLOBL upper<>(SB), RODATA|NOPTR, $32

// The three bytes of each of four pixels of 32 bits, together.
DATA packed<>+0(SB)/8, $0x0908060504020100
DATA packed<>+8(SB)/8, $0xffffffff0e0d0c0a
DATA packed<>+16(SB)/8, $0x0908060504020100
DATA packed<>+24(SB)/8, $0xffffffff0e0d0c0a
GLOBL packed<>(SB), RODATA|NOPTR, $32

// TEXELS reads four texels of 64 bits at the indices in the low half of at. Y15 is lost.
#define TEXELS(at, out) \
	VPCMPEQD   Y15, Y15, Y15           \
	VPGATHERDQ Y15, (R8)(at*8), out

// BLEND mixes four pixels, as Go's blend does, from texels at X0, X1, X2, X3, with ways fx
// and fy; the result is in Y10. Y11 to Y13 and Y15 are lost.
#define BLEND(fx, fy) \
	VPMULLW fy, fx, Y11    \
	VPSRLW  $8, Y11, Y11   \
	VPSUBW  Y11, fx, Y12   \
	VPSUBW  Y11, fy, Y13   \
	TEXELS(X3, Y10)        \
	VPMULLW Y11, Y10, Y10  \
	TEXELS(X1, Y11)        \
	VPMULLW Y12, Y11, Y11  \
	VPADDW  Y11, Y10, Y10  \
	TEXELS(X2, Y11)        \
	VPMULLW Y13, Y11, Y11  \
	VPADDW  Y11, Y10, Y10  \
	VPADDW  fx, Y13, Y13   \
	VPCMPEQD Y12, Y12, Y12 \
	VPSRLW  $15, Y12, Y12  \
	VPSLLW  $8, Y12, Y12   \
	VPSUBW  Y13, Y12, Y12  \
	TEXELS(X0, Y11)        \
	VPMULLW Y12, Y11, Y11  \
	VPADDW  Y11, Y10, Y10

// LANES writes the four values of half (lower or upper) of v to all lanes of their pixels.
#define LANES(half, v, out) \
	VMOVDQU half<>(SB), out \
	VPERMD  v, out, out

// func wrappedGroups(px *byte, iz *float32, m *mip, a *texel, n int)
TEXT ·wrappedGroups(SB), NOSPLIT, $0-40
	MOVQ    px+0(FP), DI
	MOVQ    iz+8(FP), SI
	MOVQ    m+16(FP), R9
	MOVQ    a+24(FP), R10
	MOVQ    n+32(FP), CX
	MOVQ    mip_texels(R9), R8
	VMOVUPS pixel<>(SB), Y14

loop:
	VBROADCASTSS one<>(SB), Y7
	VDIVPS       (SI), Y7, Y7           // z

	// Y4, Y5, Y6: u, v and light.
	VBROADCASTSS texel_du(R10), Y0
	VMULPS       Y14, Y0, Y0
	VBROADCASTSS texel_u(R10), Y1
	VADDPS       Y1, Y0, Y0
	VMULPS       Y7, Y0, Y0
	VCVTTPS2DQ   Y0, Y4
	VBROADCASTSS texel_dv(R10), Y0
	VMULPS       Y14, Y0, Y0
	VBROADCASTSS texel_v(R10), Y1
	VADDPS       Y1, Y0, Y0
	VMULPS       Y7, Y0, Y0
	VCVTTPS2DQ   Y0, Y5
	VBROADCASTSS texel_dl(R10), Y0
	VMULPS       Y14, Y0, Y0
	VBROADCASTSS texel_l(R10), Y1
	VADDPS       Y1, Y0, Y0
	VMULPS       Y7, Y0, Y0
	VBROADCASTSS texel_flat(R10), Y1
	VADDPS       Y1, Y0, Y0
	VCVTTPS2DQ   Y0, Y6
	VPXOR        Y0, Y0, Y0
	VPMAXSD      Y0, Y6, Y6
	VPBROADCASTD brightest<>(SB), Y0
	VPMINSD      Y0, Y6, Y6

	// Y0 to Y3: indices of the four texels; Y4, Y5: ways between them.
	VPCMPEQD     Y15, Y15, Y15
	VPSLLD       $7, Y15, Y8            // -128
	VPADDD       Y8, Y4, Y4
	VPADDD       Y8, Y5, Y5
	VPSRAD       $8, Y4, Y0
	VPSRAD       $8, Y5, Y2
	VPSRLD       $24, Y15, Y8           // 255
	VPAND        Y8, Y4, Y4
	VPAND        Y8, Y5, Y5
	VPBROADCASTD mip_w(R9), Y8
	VPADDD       Y15, Y8, Y9            // w-1
	VPSUBD       Y15, Y0, Y1
	VPAND        Y9, Y0, Y0
	VPAND        Y9, Y1, Y1
	VPBROADCASTD mip_h(R9), Y9
	VPADDD       Y15, Y9, Y9            // h-1
	VPSUBD       Y15, Y2, Y3
	VPAND        Y9, Y2, Y2
	VPAND        Y9, Y3, Y3
	VPMULLD      Y8, Y2, Y2
	VPMULLD      Y8, Y3, Y3
	VPADDD       Y1, Y2, Y9
	VPADDD       Y0, Y2, Y2
	VPADDD       Y0, Y3, Y8
	VPADDD       Y1, Y3, Y3
	VMOVDQA      Y2, Y0
	VMOVDQA      Y9, Y1
	VMOVDQA      Y8, Y2

	// Ways and light in 16 bits, twice.
	VPSLLD $16, Y4, Y8
	VPOR   Y8, Y4, Y4
	VPSLLD $16, Y5, Y8
	VPOR   Y8, Y5, Y5
	VPSLLD $16, Y6, Y8
	VPOR   Y8, Y6, Y6

	LANES(lower, Y4, Y7)
	LANES(lower, Y5, Y8)
	BLEND(Y7, Y8)
	LANES(lower, Y6, Y8)
	VPMULHUW     Y8, Y10, Y9
	VEXTRACTI128 $1, Y0, X0
	VEXTRACTI128 $1, Y1, X1
	VEXTRACTI128 $1, Y2, X2
	VEXTRACTI128 $1, Y3, X3
	LANES(upper, Y4, Y7)
	LANES(upper, Y5, Y8)
	BLEND(Y7, Y8)
	LANES(upper, Y6, Y8)
	VPMULHUW     Y8, Y10, Y10

	VPACKUSWB    Y10, Y9, Y9
	VPERMQ       $0xd8, Y9, Y9
	VMOVDQU      packed<>(SB), Y8
	VPSHUFB      Y8, Y9, Y9
	VEXTRACTI128 $1, Y9, X8
	VMOVDQU      X9, (DI)
	VMOVQ        X8, 12(DI)
	VPEXTRD      $2, X8, 20(DI)

	VBROADCASTSS group<>(SB), Y0
	VADDPS       Y0, Y14, Y14
	ADDQ         $24, DI
	ADDQ         $32, SI
	DECQ         CX
	JNZ          loop
	VZEROUPPER
	RET

#include "textflag.h"

DATA count<>+0(SB)/8, $0x3f80000000000000
DATA count<>+8(SB)/8, $0x4040000040000000
DATA count<>+16(SB)/8, $0x40a0000040800000
DATA count<>+24(SB)/8, $0x40e0000040c00000
GLOBL count<>(SB), RODATA|NOPTR, $32

DATA eight<>+0(SB)/4, $0x41000000
GLOBL eight<>(SB), RODATA|NOPTR, $4

// func nearerGroups(iz *float32, ids *uint32, z0, dz float32, id uint32, n int)
TEXT ·nearerGroups(SB), NOSPLIT, $0-40
	MOVQ         iz+0(FP), DI
	MOVQ         ids+8(FP), SI
	VBROADCASTSS z0+16(FP), Y0
	VBROADCASTSS dz+20(FP), Y1
	MOVL         id+24(FP), AX
	VMOVD        AX, X2
	VPBROADCASTD X2, Y2
	MOVQ         n+32(FP), CX
	VMOVUPS      count<>(SB), Y3
	VBROADCASTSS eight<>(SB), Y4

loop:
	VMULPS    Y3, Y1, Y5
	VADDPS    Y5, Y0, Y5
	VMOVUPS   (DI), Y6
	VCMPPS    $0x1e, Y6, Y5, Y7 // greater than, ordered
	VMOVUPS   (SI), Y8
	VBLENDVPS Y7, Y5, Y6, Y6
	VBLENDVPS Y7, Y2, Y8, Y8
	VMOVUPS   Y6, (DI)
	VMOVUPS   Y8, (SI)
	VADDPS    Y4, Y3, Y3
	ADDQ      $32, DI
	ADDQ      $32, SI
	DECQ      CX
	JNZ       loop
	VZEROUPPER
	RET

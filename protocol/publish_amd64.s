//go:build !race

#include "textflag.h"

// func publish(s *slot, head *atomic.Uint64, bits, when, h uint64)
TEXT ·publish(SB), NOSPLIT, $0-40
	MOVQ s+0(FP), AX
	MOVQ head+8(FP), BX
	MOVQ bits+16(FP), CX
	MOVQ when+24(FP), DX
	MOVQ h+32(FP), SI
	MOVQ CX, 0(AX)
	MOVQ DX, 8(AX)
	MOVQ SI, 0(BX)
	RET

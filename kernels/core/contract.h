// The constants of the determinism contract: orders of summation that every backend keeps, for ever.
//
// They are public because a result depends on them: changing one changes bits, and tests/kernels/contract_oracle.h
// says so. They can be overridden from the command line for one purpose only: the tests that build a kernel family
// with another block size and expect the oracle to notice.
#pragma once

#include <cstdint>

#ifndef ITO_GEMM_BLOCK_K
#define ITO_GEMM_BLOCK_K 256
#endif
#ifndef ITO_REDUCTION_CHUNK
#define ITO_REDUCTION_CHUNK 4096
#endif
#ifndef ITO_REDUCTION_LANES
#define ITO_REDUCTION_LANES 16
#endif
#ifndef ITO_ROW_BLOCK
#define ITO_ROW_BLOCK 256
#endif
#ifndef ITO_ATTENTION_BLOCK
#define ITO_ATTENTION_BLOCK 64
#endif

namespace ito::kernels {

// GEMM: C[i,j] is a chain of fused multiply-adds over ascending k, from +0, inside blocks of this many k;
// C = +0, then C += each block in order.
inline constexpr std::int64_t kGemmBlockK = ITO_GEMM_BLOCK_K;

// Contiguous reduction: chunks of this many elements, each summed in kReductionLanes lanes (lane i takes i, i + 16,
// ...), lanes folded 8, 4, 2, 1; chunk sums are added in ascending order, in double.
inline constexpr std::int64_t kReductionChunk = ITO_REDUCTION_CHUNK;
inline constexpr std::int64_t kReductionLanes = ITO_REDUCTION_LANES;

// Reduction over rows (bias gradients, group norm): rows are summed in blocks of this many, each from zero; then the
// blocks are added in ascending order.
inline constexpr std::int64_t kRowBlock = ITO_ROW_BLOCK;

// Attention: keys (in dK and dV: queries) are summed in blocks of this many, each from zero; blocks in ascending order.
inline constexpr std::int64_t kAttentionBlock = ITO_ATTENTION_BLOCK;

}  // namespace ito::kernels

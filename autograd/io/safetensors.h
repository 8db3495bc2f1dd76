// safetensors: 8 bytes N, a JSON header of N bytes, then the tensors' bytes.
//
//   {"__metadata__": {"step": "3000"},
//    "layers.0.weight": {"dtype": "F32", "shape": [128, 2], "data_offsets": [0, 1024]}}
//
// Read: F64, F32, F16, BF16, I64, I32, I16, I8, U16, U8, BOOL, widened as stored_type.h says. The tensors must fill the
// data without gap or overlap; repeated names, unknown fields and sizes beyond the file are InputErrors naming file and
// tensor; nothing is allocated on a header's word. Written: F64, F32, I32, ordered by element size (wide first) and
// name, the header padded with spaces to a multiple of 8: the same bytes for the same tensors.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "autograd/tensor.h"

namespace ito {

struct TensorFile {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;
};

TensorFile parse_safetensors(std::span<const std::byte> bytes, const std::string& origin);
std::vector<std::byte> safetensors_bytes(const TensorFile& file);

TensorFile load_safetensors(const std::filesystem::path& path);
void save_safetensors(const std::filesystem::path& path, const TensorFile& file);

// Weights stand in these files in PyTorch's shapes and in memory with channels last:
//   linear [C_out, C_in] <-> [C_in, C_out];  convolution [O, I, (KF,) KH, KW] <-> [(KF,) KH, KW, I, O].
// For weights of linear and convolution layers only: an embedding's table [rows, C] is the same in both.
Tensor weight_from_pytorch(const Tensor& w);
Tensor weight_to_pytorch(const Tensor& w);

}  // namespace ito

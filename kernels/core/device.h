// Where numbers live and which backend computes on them.
#pragma once

namespace ito {

enum class Device : unsigned char { cpu, cuda };

constexpr const char* device_name(Device device) { return device == Device::cpu ? "cpu" : "cuda"; }

}  // namespace ito

// The inverse of value_text (registry.h).
#pragma once

#include <string_view>

#include "samplers/registry.h"

namespace ito {

// `text` read as the type of `like`; InputError where it is not one ("'x' is no number"). Lists of texts are not read.
Value value_from_text(std::string_view text, const Value& like);

}  // namespace ito

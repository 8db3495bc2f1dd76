#include "autograd/shape.h"

namespace ito {

std::string Shape::text() const {
  std::string text = "[";
  for (const std::int64_t extent : extents()) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(extent);
  }
  return text + "]";
}

}  // namespace ito

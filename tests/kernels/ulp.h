// The unit in the last place, in which errors of functions are counted.
#pragma once

#include <cmath>
#include <limits>

namespace ito {

// The distance from |value|, rounded to T, to the next number of T above; of an infinity, that below the largest
// number.
template <class T>
double ulp_of(double value) {
  const T x = std::fabs(static_cast<T>(value));
  if (!(x < std::numeric_limits<T>::infinity()))
    return static_cast<double>(std::numeric_limits<T>::max()) * std::numeric_limits<T>::epsilon() / 2;
  return static_cast<double>(std::nextafter(x, std::numeric_limits<T>::infinity()) - x);
}

}  // namespace ito

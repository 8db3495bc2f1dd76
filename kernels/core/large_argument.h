// sin, cos and tan where an argument is too large to take off multiples of pi / 2 in three pieces (|x| > 2^30): the
// rare lanes of math_functions.h. NaN for infinities and NaN.
//
// Payne, Hanek 1983: the 53-bit significand times that window of 2 / pi's bits whose product decides the quadrant and
// the fraction; bits further left are multiples of a full turn.
#pragma once

namespace ito::math {

double sin_large(double x);
double cos_large(double x);
double tan_large(double x);

}  // namespace ito::math

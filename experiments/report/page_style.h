// The style of the report's page.
#pragma once

namespace ito::experiments::report {

extern const char* const kPageStyle;

}  // namespace ito::experiments::report

// Ctrl-C and SIGTERM: the work at hand is finished or written down first. A second signal ends the program at once.
#pragma once

namespace ito::experiments {

void watch_interrupts();  // once, before work begins
int interrupt_signal();   // the signal that came, or 0

}  // namespace ito::experiments

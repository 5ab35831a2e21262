#pragma once

namespace descent::app {

/// The whole program: `descent COMMAND …`. Returns the exit status: 0 fine, 2 wrong use or failed work (one line on
/// stderr names place, what was found and what was expected), 130 interrupted with a valid partial report.
int run_app(int argc, char** argv);

}  // namespace descent::app

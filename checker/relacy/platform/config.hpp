// The sizes that decide a state space: those of the hooked platform, so that verdicts compare.
#pragma once

#include "checker/hooked/platform/config.hpp"

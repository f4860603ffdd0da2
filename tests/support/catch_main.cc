// The main function of every test program. Catch2 v3 brings its own.
#ifndef MESHGW_CATCH2_V3
#define CATCH_CONFIG_MAIN
#endif
#include "support/catch.h"

/* meshgw.h is C99, needs nothing before it, and may be included twice: this
 * file is compiled as C99 with pedantic warnings, and links with
 * header_cxx17_test.cc, which includes it too. */
#include <stdio.h>

#include "meshgw.h"
#include "meshgw.h" /* NOLINT: on purpose. */

int header_cxx17_check(void);

/* The _INIT macros are constant expressions, with a value for every field. */
static const meshgw_error_detail kDetail = MESHGW_ERROR_DETAIL_INIT;
static const meshgw_hello_options kHello = MESHGW_HELLO_OPTIONS_INIT;
static const meshgw_mode_layers kLayers = MESHGW_MODE_LAYERS_INIT;

int main(void) {
  int errors = 0;
  errors += kDetail.struct_size != sizeof(kDetail) || kDetail.expected.len != 0;
  errors += kHello.struct_size != sizeof(kHello) || kHello.reserved != 0;
  errors += kLayers.struct_size != sizeof(kLayers) || kLayers.reserved != 0;
  errors += MESHGW_SPLICE_EVENTS != UINT32_C(0x80002007);
  errors += meshgw_version()[0] != '0' + MESHGW_VERSION_MAJOR;
  errors += header_cxx17_check();
  if (errors != 0) printf("%d errors\n", errors);
  return errors != 0;
}

/* The public header in plain C99: it compiles, and a C program links and reads a message. */
#include <string.h>

#include "phase_bridge.h"

int main(void) {
  phase_model* model = NULL;
  char text[256];
  const int code = phase_model_load("no such file", "cpu", 0, 0, &model);
  if (code != PHASE_ERR_FILE || model != NULL) return 1;
  if (phase_last_error(text, sizeof text) != PHASE_OK) return 2;
  return strstr(text, "no such file") != NULL ? 0 : 3;
}

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// exit() from inside a function, output still pending without a newline.
#include <stdio.h>
#include <stdlib.h>

static void leave(void) {
  printf("leaving");
  exit(42);
}

int main(void) {
  leave();
  return 0;
}

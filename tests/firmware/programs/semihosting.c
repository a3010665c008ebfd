// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Files of the host through the C library, and the calls that it does not use; what is printed must not
// depend on the machine. Ends with SYS_EXIT_EXTENDED and code 23, or, with an argument "plain", with
// SYS_EXIT.
#include <errno.h>
#include <semihost.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void show(const char* what, long value) {
  printf("%s: %ld\n", what, value);
}

static void show_content(const char* name) {
  char text[64];
  FILE* const file = fopen(name, "r");
  if (file == NULL) {
    printf("%s: cannot be opened, errno %d\n", name, sys_semihost_errno());
    return;
  }
  const size_t count = fread(text, 1, sizeof text - 1, file);
  text[count] = '\0';
  printf("%s: %u bytes: %s\n", name, (unsigned)count, text);
  fclose(file);
}

static void use_files(void) {
  FILE* file = fopen("made.txt", "w");
  if (file == NULL) {
    printf("made.txt: cannot be made, errno %d\n", sys_semihost_errno());
    sys_semihost_exit_extended(24);
  }
  show("written", fprintf(file, "x = %d\n", 42));
  show("closed", fclose(file));
  show_content("made.txt");
  file = fopen("made.txt", "a");
  fputs("more", file);
  fclose(file);
  show_content("made.txt");
  show_content("given.txt");
  show_content("none.txt");
}

static void use_calls(void) {
  const int handle = sys_semihost_open("made.txt", SH_OPEN_R);
  char text[4];
  show("length", (long)sys_semihost_flen(handle));
  show("seek", sys_semihost_seek(handle, 4));
  show("left", (long)sys_semihost_read(handle, text, 2));
  printf("%.2s\n", text);
  show("left at the end", (long)(sys_semihost_seek(handle, 10), sys_semihost_read(handle, text, 4)));
  show("terminal", sys_semihost_istty(handle));
  show("left of a file that is only read", (long)sys_semihost_write(handle, "no", 2));
  show("close", sys_semihost_close(handle));
  show("close again", sys_semihost_close(handle));
  show("errno", sys_semihost_errno());
  show("rename", sys_semihost_rename("made.txt", "renamed.txt"));
  show("remove", sys_semihost_remove("made.txt"));
  show("errno", sys_semihost_errno());
  show_content("renamed.txt");
  show("remove", sys_semihost_remove("renamed.txt"));
  show("open a folder that is none", (long)sys_semihost_open("none/file", SH_OPEN_W));
  show("ticks per second", (long)sys_semihost_tickfreq());
  show("is error", sys_semihost_iserror(-1));
}

int main(int argc, char** argv) {
  use_files();
  use_calls();
  sys_semihost_write0("end\n");
  if (argc > 1 && strcmp(argv[1], "plain") == 0) sys_semihost_exit(ADP_Stopped_ApplicationExit, 0);
  sys_semihost_exit_extended(23);
}

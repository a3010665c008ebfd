#include <gtest/gtest.h>
#include "tests/models/soc/cpu/cpu_bench.hpp"
namespace mho::test {
TEST(Smoke, Loop) {
  for (bool dmi : {true, false}) for (bool cache : {true, false}) {
  CpuBench b({.use_dmi = dmi, .use_block_cache = cache});
  Assembler c(kRam);
  c.li(a1, 10);
  c.li(a0, 0);
  auto loop = c.here_label();
  c.add(a0, a0, a1);
  c.addi(a1, a1, -1);
  c.bne(a1, zero, loop);
  c.li(t0, kRam + 0x1000);
  c.sw(a0, t0, 0);
  c.lw(a2, t0, 0);
  emit_exit(c);
  b.load(c);
  b.run();
  EXPECT_EQ(b.stop.exit_code, 55);
  EXPECT_EQ(b.cpu.x(12), 55u);
  EXPECT_EQ(b.word(kRam+0x1000), 55u);
  printf("%lu %lu %lu\n", b.cpu.counters().instructions, b.cpu.counters().cycles, b.stop.time_ps);
  }
}
}

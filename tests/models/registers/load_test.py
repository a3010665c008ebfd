# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""Wrong descriptions are refused with a message that names the place; right ones get their defaults."""

import unittest

import fixture


class Refusals(unittest.TestCase):
    def refuse(self, message, old, new, where="lamp", count=1):
        """Replacing `old` by `new` in one of the texts must lead to exactly `message`."""
        text = fixture.LAMP if where == "lamp" else fixture.MAP
        self.assertGreaterEqual(text.count(old), 1, "the test must change something")
        changed = text.replace(old, new, count)
        error = fixture.error_of(changed) if where == "lamp" else fixture.error_of(memory_map=changed)
        self.assertIsNotNone(error, "the description was accepted")
        self.assertEqual(error.splitlines()[0], message)

    def test_unknown_key_names_the_nearest(self):
        self.refuse("lamp.yaml:17: block lamp, register LEVEL (offset 0x010): unknown key 'acess'; did you mean 'access'?",
                    "access: rw, reset: 0x7", "access: rw, acess: rw, reset: 0x7")

    def test_missing_key(self):
        self.refuse("lamp.yaml:14: block lamp, register CTRL (offset 0x000), field ENABLE: key 'doc' is missing",
                    "bits: 0, doc: on", "bits: 0")

    def test_key_twice(self):
        self.refuse("lamp.yaml:3: key 'title' appears twice", "doc: A lamp", "title: Lamp\ndoc: A lamp")

    def test_number_instead_of_text(self):
        self.refuse("lamp.yaml:14: block lamp, register CTRL (offset 0x000), field ENABLE: 'doc' must be text, not 1",
                    "doc: on", "doc: 1")

    def test_unquoted_comma(self):
        self.refuse("lamp.yaml:17: block lamp, register LEVEL (offset 0x010): unknown key 'in candela'",
                    "doc: brightness", "doc: brightness, in candela")

    def test_lower_case_register(self):
        self.refuse("lamp.yaml:17: block lamp, register level (offset 0x010): "
                    "'name' 'level' must be an UPPER_CASE name".replace("register level (offset 0x010)", "register 1"),
                    "name: LEVEL", "name: level")

    def test_file_name_differs_from_block(self):
        self.refuse("lamp.yaml:1: block torch: must be in a file called torch.yaml", "block: lamp", "block: torch")

    def test_reserved_word_as_member(self):
        self.refuse("lamp.yaml:42: block lamp, struct lamp_order, field default (offset 0x10): "
                    "is a reserved word of C or C++", "name: energy", "name: default")

    def test_unknown_access(self):
        self.refuse("lamp.yaml:17: block lamp, register LEVEL (offset 0x010): "
                    "'access' is 'rwx'; it must be one of rw, ro, wo, w1c", "access: rw, reset: 0x7", "access: rwx, reset: 0x7")

    def test_field_wider_than_its_register_allows(self):
        self.refuse("lamp.yaml:23: block lamp, register EVENTS (offset 0x080), field BURNT: "
                    "'access' is 'rw'; it must be one of w1c, ro", "bits: 31,", "bits: 31, access: rw,")

    def test_bit_outside_the_register(self):
        self.refuse("lamp.yaml:16: block lamp, register CTRL (offset 0x000), field HOT: "
                    "'bits' 32 is not within 31:0, high before low", "bits: 8", "bits: 32")

    def test_range_upside_down(self):
        self.refuse("lamp.yaml:15: block lamp, register CTRL (offset 0x000), field COLOUR: "
                    "'bits' '4:7' is not within 31:0, high before low", '"7:4"', "4:7")

    def test_range_that_is_none(self):
        self.refuse("lamp.yaml:15: block lamp, register CTRL (offset 0x000), field COLOUR: "
                    "'bits' '7-4' must be a bit number or high:low", '"7:4"', "7-4")

    def test_overlapping_fields(self):
        self.refuse("lamp.yaml:6: block lamp, register CTRL (offset 0x000): fields COLOUR and HOT overlap at bit 7",
                    "bits: 8", "bits: 7")

    def test_duplicate_field(self):
        self.refuse("lamp.yaml:6: block lamp, register CTRL (offset 0x000): field ENABLE appears twice",
                    "name: HOT", "name: ENABLE")

    def test_reset_outside_of_fields(self):
        self.refuse("lamp.yaml:6: block lamp, register CTRL (offset 0x000): "
                    "reset 0x221 sets bits 0x200 that belong to no field", "reset: 0x21", "reset: 0x221")

    def test_reset_too_wide(self):
        self.refuse("lamp.yaml:24: block lamp, register DATA_IN (offset 0x090): 'reset' 0x100 is not in 0x0 … 0xff",
                    "width: 8, access: ro,", "width: 8, access: ro, reset: 0x100,")

    def test_misaligned_register(self):
        self.refuse("lamp.yaml:17: block lamp, register LEVEL (offset 0x012): the offset must be a multiple of 4",
                    "offset: 0x010", "offset: 0x012")

    def test_overlapping_registers(self):
        self.refuse("lamp.yaml: block lamp, register EVENTS (offset 0x028): overlaps register LEVEL (offset 0x010)",
                    "offset: 0x080", "offset: 0x028")

    def test_overlap_must_be_said(self):
        self.refuse("lamp.yaml: block lamp, register DATA_OUT (offset 0x090): overlaps register DATA_IN (offset 0x090)",
                    "overlaps: DATA_IN, ", "")

    def test_overlap_with_nothing(self):
        error = fixture.error_of(fixture.LAMP.replace("overlaps: DATA_IN", "overlaps: DATA"))
        self.assertIn("lamp.yaml: block lamp, register DATA_OUT (offset 0x090): "
                      "'overlaps' names DATA, which does not exist", error.splitlines())

    def test_selection_by_nothing(self):
        self.refuse("lamp.yaml: block lamp, register DATA_OUT (offset 0x090): 'selected_by' names CTRL.GLOW, which is no "
                    "REGISTER.FIELD of the block", "overlaps: DATA_IN", "overlaps: DATA_IN, selected_by: CTRL.GLOW")

    def test_register_beyond_the_block(self):
        self.refuse("lamp.yaml: block lamp, register EVENTS (offset 0x100): ends at 0x104, beyond the block's size 0x100",
                    "offset: 0x080", "offset: 0x100")

    def test_window_over_registers(self):
        self.refuse("lamp.yaml: block lamp, register EVENTS (offset 0x080): overlaps window PATTERN (offset 0x060)",
                    "offset: 0x200", "offset: 0x060")

    def test_duplicate_register(self):
        self.refuse("lamp.yaml: block lamp, register CTRL: the generated name MHO_LAMP_CTRL_OFFSET "
                    "is already taken by lamp.yaml: block lamp, register CTRL", "name: LEVEL", "name: CTRL")

    def test_constant_clashes_with_enum_value(self):
        self.refuse("lamp.yaml: block lamp, enum lamp_colour, value RED: the generated name MHO_LAMP_COLOUR_RED "
                    "is already taken by lamp.yaml: block lamp, constant COLOUR_RED", "name: ANSWER", "name: COLOUR_RED")

    def test_enum_gap(self):
        self.refuse("lamp.yaml:29: block lamp, enum lamp_colour: gap between GREEN = 1 and BLUE = 3; "
                    "say 'gaps_allowed: true' if it is meant", "value: 2", "value: 3")

    def test_enum_duplicate_value(self):
        self.refuse("lamp.yaml:29: block lamp, enum lamp_colour: GREEN and BLUE are both 1", "value: 2", "value: 1")

    def test_enum_duplicate_name(self):
        self.refuse("lamp.yaml:29: block lamp, enum lamp_colour: value GREEN appears twice", "name: BLUE", "name: GREEN")

    def test_enum_does_not_exist(self):
        self.refuse("lamp.yaml: block lamp, register CTRL (offset 0x000), field COLOUR: there is no enum 'lamp_color'",
                    "enum: lamp_colour, doc", "enum: lamp_color, doc")

    def test_enum_does_not_fit_its_field(self):
        self.refuse("lamp.yaml: block lamp, register CTRL (offset 0x000), field COLOUR: "
                    "enum lamp_colour has the value 2, which does not fit", '"7:4"', '"5:5"')

    def test_struct_fields_overlap(self):
        self.refuse("lamp.yaml:36: block lamp, struct lamp_order: field levels (offset 0x0c, 8 bytes) runs into "
                    "field energy at 0x10", "offset: 4,", "offset: 12,")

    def test_struct_too_small(self):
        self.refuse("lamp.yaml:36: block lamp, struct lamp_order: field energy (offset 0x10, 8 bytes) runs into "
                    "the end of the structure at 0x14", "size: 24", "size: 20")

    def test_struct_size_breaks_arrays(self):
        self.refuse("lamp.yaml:36: block lamp, struct lamp_order: size 28 is not a multiple of its alignment 8",
                    "size: 24", "size: 28")

    def test_struct_field_misaligned(self):
        self.refuse("lamp.yaml:42: block lamp, struct lamp_order, field energy (offset 0x0c): "
                    "a f64 must be at a multiple of 8", "offset: 16", "offset: 12")

    def test_instance_of_nothing(self):
        self.refuse("memory_map.yaml:3: memory map, instance lamp (base 0x00001000): there is no block 'lampe'; known: lamp",
                    "block: lamp,", "block: lampe,", where="map")

    def test_instances_overlap(self):
        self.refuse("memory_map.yaml: memory map, instance row (base 0x00001200): overlaps instance lamp, "
                    "which ends at 0x00001240", "base: 0x10000,", "base: 0x1200,", where="map")

    def test_stride_smaller_than_block(self):
        self.refuse("memory_map.yaml:4: memory map, instance row (base 0x00010000): stride 0x200 is smaller than the size 0x240",
                    "stride: 0x400", "stride: 0x200", where="map")

    def test_interrupt_twice(self):
        self.refuse("memory_map.yaml: memory map, instance row (base 0x00010000): interrupt 3 already belongs to instance lamp",
                    "count: 3,", "irq: 3, count: 3,", where="map")

    def test_address_space_ends(self):
        self.refuse("memory_map.yaml:2: memory map, instance ram (base 0xfffff800): ends beyond the 32-bit address space",
                    "base: 0x80000000", "base: 0xfffff800", where="map")

    def test_block_without_instance(self):
        error = fixture.error_of(memory_map="instances: []\n")
        self.assertEqual(error, "lamp.yaml: block lamp: has registers but no instance in memory_map.yaml")

    def test_broken_yaml_names_the_line(self):
        error = fixture.error_of(fixture.LAMP.replace("doc: pattern}", "doc: pattern"))
        self.assertTrue(error.startswith("lamp.yaml:"), error)

    def test_every_problem_is_reported_at_once(self):
        error = fixture.error_of(fixture.LAMP.replace("bits: 8", "bits: 40").replace("value: 2", "value: 1"))
        self.assertEqual(len(error.splitlines()), 3, error)


class Defaults(unittest.TestCase):
    def test_words_and_ranges_need_no_quotes(self):
        block = fixture.load_texts(fixture.LAMP.replace('"7:4"', "7:4").replace("name: HOT", "name: ON")).blocks[0]
        self.assertEqual([(f.name, f.mask) for f in block.registers[0].fields],
                         [("ENABLE", 1), ("COLOUR", 0xF0), ("ON", 0x100)])

    def setUp(self):
        self.block = fixture.load_texts().blocks[0]
        self.by_name = {register.name: register for register in self.block.registers}

    def test_masks_follow_field_access(self):
        ctrl = self.by_name["CTRL"]
        self.assertEqual((ctrl.read_mask, ctrl.write_mask, ctrl.w1c_mask), (0x1F1, 0xF1, 0))
        events = self.by_name["EVENTS"]
        self.assertEqual((events.read_mask, events.write_mask, events.w1c_mask), (1 << 31, 0, 1 << 31))
        self.assertEqual(self.by_name["LEVEL"].write_mask, 0xFFFFFFFF)
        self.assertEqual(self.by_name["DATA_OUT"].write_mask, 0xFF)
        self.assertEqual(self.by_name["DATA_OUT"].read_mask, 0)

    def test_hardware_and_sync(self):
        self.assertEqual([self.by_name[n].hardware for n in ("CTRL", "EVENTS", "DATA_IN")], ["ro", "rw", "rw"])
        self.assertEqual([self.by_name[n].sync for n in ("CTRL", "EVENTS")], ["write", "never"])

    def test_footprint_includes_windows(self):
        self.assertEqual(self.block.footprint, 0x240)

    def test_instances_are_in_order_of_address(self):
        self.assertEqual([i.name for i in fixture.load_texts().instances], ["lamp", "row", "ram"])

    def test_memory_map_is_optional(self):
        self.assertEqual(fixture.load_texts(memory_map=None).instances, ())


if __name__ == "__main__":
    unittest.main()

package org.layerzoo.benchmarks.libtorch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A TorchScript archive made of source text: the zip file that {@code torch.jit.save} writes for a module without parameters. So any
 * ATen operator can be called from Java, and a program of many operators runs as one call.
 */
final class Archive {
    private static final int PICKLE_TUPLE = 0x29;

    private Archive() {}

    /** @param body statements that read the list of tensors {@code x} and return a list of tensors, one a line, not indented */
    static byte[] of(String body) {
        StringBuilder code = new StringBuilder("class M(Module):\n");
        code.append("  __parameters__ = []\n  __buffers__ = []\n  training : bool\n");
        code.append("  def forward(self: __torch__.M, x: List[Tensor]) -> List[Tensor]:\n");
        body.strip().lines().forEach(l -> code.append("    ").append(l).append('\n'));
        Map<String, byte[]> entries = new TreeMap<>();
        entries.put("archive/version", ascii("10\n"));
        entries.put("archive/constants.pkl", new byte[] {(byte) 0x80, 2, PICKLE_TUPLE, '.'});
        entries.put("archive/data.pkl", object());
        entries.put("archive/code/__torch__.py", code.toString().getBytes(StandardCharsets.UTF_8));
        return zip(entries);
    }

    /** The pickle of an M whose only attribute is {@code training = False}. */
    private static byte[] object() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {(byte) 0x80, 2});
        out.writeBytes(ascii("c__torch__\nM\n"));
        out.writeBytes(ascii(")\u0081}("));
        out.writeBytes(new byte[] {'X', 8, 0, 0, 0});
        out.writeBytes(ascii("training"));
        out.writeBytes(new byte[] {(byte) 0x89, 'u', 'b', '.'});
        return out.toByteArray();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Entries must not be compressed: LibTorch maps them. */
    private static byte[] zip(Map<String, byte[]> entries) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.setMethod(ZipOutputStream.STORED);
            for (Map.Entry<String, byte[]> e : entries.entrySet()) {
                ZipEntry entry = new ZipEntry(e.getKey());
                entry.setSize(e.getValue().length);
                CRC32 sum = new CRC32();
                sum.update(e.getValue());
                entry.setCrc(sum.getValue());
                zip.putNextEntry(entry);
                zip.write(e.getValue());
                zip.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}

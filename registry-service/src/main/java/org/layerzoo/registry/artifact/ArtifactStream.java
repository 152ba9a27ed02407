package org.layerzoo.registry.artifact;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Objects;
import java.util.Optional;
import org.layerzoo.registry.Digests;

/** The bytes of a stored file, with what {@link Artifact#open()} promises of them. */
final class ArtifactStream extends InputStream {
    private final String sha256;
    private final long size;
    private final Artifact.Source source;
    private final MessageDigest digest = Digests.sha256();
    private Optional<InputStream> opened = Optional.empty();
    private long position;
    private boolean whole = true;
    private boolean checked;

    ArtifactStream(String sha256, long size, Artifact.Source source) {
        this.sha256 = sha256;
        this.size = size;
        this.source = source;
    }

    @Override
    public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        if (length == 0) {
            return 0;
        }
        if (position == size) {
            check();
            return -1;
        }
        int read = next(buffer, offset, (int) Math.min(length, size - position));
        position += read;
        digest.update(buffer, offset, read);
        if (position == size) {
            check();
        }
        return read;
    }

    private int next(byte[] buffer, int offset, int length) {
        try {
            int read = in().read(buffer, offset, length);
            if (read < 0) {
                throw damaged("expected " + size + " bytes, there are " + position);
            }
            return read;
        } catch (IOException e) {
            throw StorageException.of("artifact " + sha256, e);
        }
    }

    private InputStream in() throws IOException {
        if (opened.isEmpty()) {
            opened = Optional.of(source.from(position));
        }
        return opened.get();
    }

    private void check() {
        if (whole && !checked) {
            String given = Digests.hex(digest);
            if (!given.equals(sha256)) {
                throw damaged("its bytes have the digest " + given);
            }
            checked = true;
        }
    }

    private StorageException damaged(String why) {
        return new StorageException(StorageException.Reason.DAMAGED, "artifact " + sha256 + " is damaged: " + why);
    }

    /** Before the first byte is read this costs nothing. */
    @Override
    public long skip(long count) throws IOException {
        if (opened.isPresent()) {
            return super.skip(count);
        }
        long skipped = Math.clamp(count, 0, size - position);
        position += skipped;
        whole = position == 0;
        return skipped;
    }

    @Override
    public int available() throws IOException {
        return opened.isPresent() ? opened.get().available() : 0;
    }

    @Override
    public void close() throws IOException {
        if (opened.isPresent()) {
            opened.get().close();
        }
    }
}

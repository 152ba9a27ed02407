package org.layerzoo.registry.artifact;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import org.layerzoo.registry.Digests;
import org.springframework.core.io.Resource;

/** A stored file, to be read any number of times. */
public final class Artifact {
    /** Opens the bytes from an offset to the end. */
    interface Source {
        InputStream from(long offset) throws IOException;
    }

    private final String sha256;
    private final long size;
    private final Source source;

    Artifact(String sha256, long size, Source source) {
        this.sha256 = sha256;
        this.size = size;
        this.source = source;
    }

    /** Refuses a local file whose bytes do not have this SHA-256. */
    static void require(Path file, String sha256) throws IOException {
        requireDigest(Digests.sha256(file), sha256);
    }

    static void requireDigest(String given, String sha256) {
        if (!given.equals(sha256)) {
            throw new StorageException(
                    StorageException.Reason.DAMAGED,
                    "expected a file of SHA-256 " + sha256 + ", given one of " + given);
        }
    }

    public String sha256() {
        return sha256;
    }

    /** In bytes. */
    public long size() {
        return size;
    }

    /**
     * The bytes. Who reads them all gets the last of them only if all together have the digest, and a {@link StorageException} else. Bytes
     * that are skipped at the beginning are not fetched; then only the length is checked.
     */
    public InputStream open() {
        return new ArtifactStream(sha256, size, source);
    }

    /** The bytes at once, checked. */
    public byte[] bytes() {
        try (InputStream in = open()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw StorageException.of("artifact " + sha256, e);
        }
    }

    /** The body of an answer; ranges of it can be asked for. */
    public Resource resource() {
        return new ArtifactResource(this);
    }
}

package org.layerzoo.registry.artifact;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Files named by the SHA-256 of their content. What is found is whole, and what a method has stored when it returns survives the loss of
 * this process. Several services use one store at once. Each method fails with a {@link StorageException} and with nothing else.
 */
public interface ArtifactStore {
    /** Stores the bytes and answers their SHA-256; a failure leaves nothing behind under that name. */
    String put(byte[] content);

    /** Takes a local file in and deletes it. Bytes that do not have this SHA-256 are refused, and the file stays where it is. */
    void adopt(Path file, String sha256);

    /** The file of this digest, where it is stored. */
    Optional<Artifact> find(String sha256);

    /** Deletes the file, where it is stored. */
    void remove(String sha256);

    /** Deletes what was begun longer ago than this and never finished, and answers how much that was. */
    int tidy(Duration age);

    /** Returns when the store can be used at present. */
    void probe();
}

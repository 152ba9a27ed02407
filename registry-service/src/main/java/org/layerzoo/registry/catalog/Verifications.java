package org.layerzoo.registry.catalog;

import java.util.Optional;
import org.layerzoo.registry.api.VerificationEntry;

/** The stored verifications of jars. */
public interface Verifications {
    /** The newest one of this jar. */
    Optional<VerificationEntry> newest(String sha256);
}

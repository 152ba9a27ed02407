package org.layerzoo.registry.catalog;

/** Why a file of a plugin folder is not in the catalogue. */
public final class CatalogException extends Exception {
    /** The kinds of reason, with the stable code and title that the list of problems shows. */
    public enum Reason {
        JAR_UNREADABLE("The file cannot be read"),
        JAR_CORRUPT("The jar is damaged or cut short"),
        JAR_TOO_LARGE("The jar is too large"),
        ENTRY_FORBIDDEN("The jar holds what no plugin may hold"),
        METADATA_MISSING("The jar has no plugin description"),
        METADATA_INVALID("The plugin description is not valid"),
        CARD_INVALID("The paper card is not valid"),
        DIGEST_MISMATCH("The jar's content is not what its description says");

        private final String title;

        Reason(String title) {
            this.title = title;
        }

        String code() {
            return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        }

        String title() {
            return title;
        }
    }

    private final Reason reason;

    CatalogException(Reason reason, String detail) {
        super(detail);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}

package org.layerzoo.registry.security;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import org.layerzoo.registry.DataDirectory;
import org.layerzoo.registry.StartFailure;
import org.layerzoo.registry.api.Scope;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.stereotype.Component;

/** The administrator's token in the data directory, readable by the owner only. */
@Component
class AdminToken implements InitializingBean {
    static final String FILE = "admin.token";
    private static final String NAME = "administrator of this machine";

    private final Access access;
    private final DataDirectory data;

    AdminToken(Access access, DataDirectory data) {
        this.access = access;
        this.data = data;
    }

    @Override
    public void afterPropertiesSet() {
        Path file = data.resolve(FILE);
        try {
            String kept = Files.exists(file) ? Files.readString(file).strip() : "";
            if (kept.isEmpty()) {
                kept = access.issue(NAME, NAME, EnumSet.allOf(Scope.class), Optional.empty())
                        .secret();
            } else {
                access.admit(NAME, kept);
            }
            data.writeSecret(FILE, kept + "\n");
        } catch (IOException e) {
            throw StartFailure.cannotRun(
                    "the administrator's token cannot be kept in " + file + ": " + e.getMessage(), e);
        }
    }
}

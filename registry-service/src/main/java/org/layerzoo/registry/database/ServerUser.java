package org.layerzoo.registry.database;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.Optional;
import org.layerzoo.registry.StartFailure;

/**
 * Whom the database server runs as. PostgreSQL refuses root; so root steps into a user namespace of its own, and where that is
 * forbidden (many containers) changes to another user who then owns the server's files.
 *
 * @param prefix words in front of each of the server's programs
 * @param owner the other user, where there is one
 */
record ServerUser(List<String> prefix, Optional<String> owner) {
    private static final List<String> CANDIDATES = List.of("postgres", "nobody");

    static ServerUser detect() {
        if (!"root".equals(System.getProperty("user.name"))) {
            return new ServerUser(List.of(), Optional.empty());
        }
        if (Command.of(List.of(), "unshare", "-U", "true").run(10).succeeded()) {
            return new ServerUser(List.of("unshare", "-U"), Optional.empty());
        }
        return other();
    }

    /** Root becomes another user. */
    static ServerUser other() {
        for (String user : CANDIDATES) {
            var id = Command.of(List.of(), "id", "-g", user).run(10);
            if (id.succeeded()) {
                var prefix = List.of("setpriv", "--reuid=" + user, "--regid=" + id.output(), "--clear-groups", "--");
                if (Command.of(prefix, "true").run(10).succeeded()) {
                    return new ServerUser(prefix, Optional.of(user));
                }
            }
        }
        throw StartFailure.cannotRun(
                "the embedded database cannot run as root here: expected 'unshare -U' or 'setpriv' to work,"
                        + " both failed; start as another user or use --database-url");
    }

    /** Gives the folder and all in it to the server's user. */
    void own(Path folder) throws IOException {
        if (owner.isEmpty()) {
            return;
        }
        UserPrincipal user =
                folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(owner.get());
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                return visitFile(directory, attributes);
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (!Files.isSymbolicLink(file)) {
                    Files.setOwner(file, user);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        if (!Command.of(prefix, "test", "-r", folder.toString()).run(10).succeeded()) {
            throw StartFailure.cannotRun("the embedded database runs as user " + owner.get()
                    + " because root may not run it, and that user" + " cannot reach " + folder
                    + "; name a folder it can reach with --data, or use --database-url");
        }
    }
}

package org.layerzoo.registry.security;

import org.layerzoo.registry.api.Scope;
import org.layerzoo.registry.web.ProblemCode;
import org.layerzoo.registry.web.ProblemException;

/**
 * Whose a job or a deployment is: its first asker's. The owner and administrators may end or change it, nobody else. What nobody is
 * known to own, because the registry itself asked for it or an older service wrote no owner down, is for all who may run.
 */
public final class Ownership {
    /** The owner of what nobody is known to own. */
    public static final String NOBODY = "";

    private Ownership() {}

    /** Who is to be written down as the owner of what the present request asks for. */
    public static String ofCaller() {
        return Callers.current().map(Caller::owner).orElse(NOBODY);
    }

    /**
     * Lets only those pass who may end or change a thing.
     *
     * @param thing its name, such as {@code deployment 'mixer'}
     * @throws ProblemException {@code not-owner}, which says who owns it
     */
    public static void require(String thing, String owner) {
        Caller caller = Callers.required();
        if (owner.equals(NOBODY) || owner.equals(caller.owner()) || Callers.may(Scope.ADMIN)) {
            return;
        }
        throw new ProblemException(
                ProblemCode.NOT_OWNER,
                thing + " belongs to " + owner + ": expected a token of " + owner
                        + " or one of scope admin, given one of " + caller.owner());
    }
}

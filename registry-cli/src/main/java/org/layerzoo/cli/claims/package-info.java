/** Experiments on the papers' claims: what is measured, the rule that decides, the records and their page. */
package org.layerzoo.cli.claims;

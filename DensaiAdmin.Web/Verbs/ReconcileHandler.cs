using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Counter;
using DensaiAdmin.Core.Passwords;
using DensaiAdmin.Core.Recovery;

namespace DensaiAdmin.Web.Verbs;

/// <summary>
/// Performs <c>reconcile</c> on a data directory that no server could open: who agrees is evaluated without a write, because the first
/// record that is written there must be the one of the gap.
/// </summary>
internal sealed class ReconcileHandler(
    ReconcileStore reconcile, ReconcileClock clock, EvaluateOperators operators, Authorities authorities, IHostEnvironment environment)
{
    public async Task<VerbAnswer> PerformAsync(VerbCall.Reconcile call, VerbRequest request)
    {
        var approval = OperatorApproval.OfNobody;
        RootKeyProof? proof = null;
        if (call.RecoverFile is not null)
        {
            if (request.Passphrase is null)
            {
                return VerbAnswer.Ask(VerbQuestion.RootKeyPassphrase);
            }

            proof = VerbHandler.Prove(authorities, request);
            if (proof is null)
            {
                return VerbAnswer.Refused(VerbText.NotTheRootKey);
            }
        }
        else if (!environment.IsDevelopment() && await operators.AreNeededAsync())
        {
            if (VerbHandler.TypedBy(call, request) is not { First: { } first, Second: { } second })
            {
                return VerbHandler.TypedBy(call, request).Stop!;
            }

            var (agreed, stop) = VerbHandler.Of(await operators.RunAsync(first, second, OperatorPair.TwoWithApprover));
            if (agreed is null)
            {
                return stop!;
            }

            approval = agreed;
        }

        if (call.Clock)
        {
            return VerbAnswer.Done(VerbText.Of(await clock.RunAsync(approval, proof is not null, request.Source)) + "\n");
        }

        var outcome = await reconcile.RunAsync(approval, proof, request.Source);
        return outcome is ReconcileOutcome.Refused
            ? VerbAnswer.Refused(VerbText.Of(outcome))
            : VerbAnswer.Done(VerbText.Of(outcome) + "\n");
    }
}

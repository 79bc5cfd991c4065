// What a teammate chooses who puts the app somewhere: the campaign, and words of their own.
import type { Component } from '../components.ts';
import { button, dropdown, input, option, submit, text } from '../kit.ts';
import { asTyped, safe } from '../text.ts';
import { allCampaigns, configureInputs, configureSave } from './action.ts';
import type { ConfigureView } from './view.ts';

export function configure({ campaigns, hasMore, chosen, problem }: ConfigureView): Component[] {
  const options = [
    option(allCampaigns, 'All of theirs'),
    ...campaigns.map(({ id, name }) => option(id, safe(name, 60))),
  ];
  const isListed = options.some(({ id }) => id === chosen.campaign);
  return [
    text('Referral card', { style: 'header' }),
    text('Everyone sees their own link, progress and rewards. The card stores no personal data.', {
      style: 'muted',
    }),
    ...(problem === null ? [] : [text(problem, { style: 'error' })]),
    ...(campaigns.length > 0
      ? [
          dropdown({
            id: configureInputs.campaign,
            label: 'Campaign',
            options,
            value: isListed ? chosen.campaign : allCampaigns,
          }),
        ]
      : [text('Campaign: all of theirs')]),
    ...(hasMore
      ? [
          input({
            id: configureInputs.campaignName,
            label: 'Or the name of another campaign',
            value: asTyped(chosen.campaignName),
          }),
        ]
      : []),
    input({
      id: configureInputs.headline,
      label: 'Headline (optional)',
      placeholder: 'Default text in each language',
      value: asTyped(chosen.headline),
    }),
    input({
      id: configureInputs.text,
      label: 'Text (optional)',
      placeholder: 'Default text in each language',
      value: asTyped(chosen.text),
    }),
    button({ id: configureSave, label: 'Save', style: 'primary', action: submit }),
  ];
}
